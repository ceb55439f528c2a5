import type { RequestListener, ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { prometheusApi, type PrometheusApi } from './api.ts';
import type { ApiAnswer } from './envelope.ts';
import { secretFromEnvironment, secretFromFile } from '../../system/secret.ts';
import type { PrometheusSettings } from './settings.ts';
import { bodyOf, startHttp, type HttpServer } from './testing/http-server.ts';

const signal = new AbortController().signal;
const GOOD = { status: 'success', data: { resultType: 'scalar', result: [5, '1'] } };

let started: { stop(): Promise<void> }[];
let dir: string;

beforeEach(async () => {
  started = [];
  dir = await mkdtemp(join(tmpdir(), 'coalmine-api-'));
});

afterEach(async () => {
  await Promise.all(started.map((one) => one.stop()));
  await rm(dir, { recursive: true, force: true });
});

async function serve(handler: RequestListener): Promise<HttpServer> {
  const server = await startHttp(handler);
  started.push(server);
  return server;
}

function apiOf(address: string, settings: Partial<PrometheusSettings> = {}): PrometheusApi {
  const api = prometheusApi({ name: 'prom', address, timeoutMs: 3_000, ...settings });
  started.push({ stop: () => api.close() });
  return api;
}

function query(api: PrometheusApi, text = 'up', until = signal): Promise<ApiAnswer> {
  return api.call({ endpoint: 'query', parameters: { query: text } }, until);
}

type Answer = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

function send(response: ServerResponse, ...[status, body, headers = {}]: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

describe('a call', () => {
  it('posts a form below the base path of the address', async () => {
    let body = '';
    const { target, seen } = await serve((request, response) => {
      void bodyOf(request).then((text) => {
        body = text;
        send(response, 200, { ...GOOD, warnings: ['careful'], infos: ['look'] });
      });
    });
    for (const path of ['', '/', '/prometheus', '/prometheus/', '/prometheus/api/v1']) {
      expect(await query(apiOf(`http://${target}${path}`), 'a + b&c')).toEqual({
        kind: 'data',
        resultType: 'scalar',
        result: [5, '1'],
        warnings: ['careful', 'look'],
      });
    }
    const [plain, based] = ['POST /api/v1/query', 'POST /prometheus/api/v1/query'];
    expect(seen).toEqual([plain, plain, based, based, based]);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ query: 'a + b&c', timeout: '3000ms' });
  });

  it('gets where nothing may be posted, and goes on so', async () => {
    const { target, seen } = await serve((request, response) => {
      if (request.method === 'POST') send(response, 405, 'no');
      else send(response, 200, { ...GOOD, data: { resultType: 'scalar', result: [5, request.url ?? ''] } });
    });
    const api = apiOf(`http://${target}`);
    const answers = await Promise.all([query(api, 'a b'), query(api, 'c')]);
    expect(answers).toMatchObject([
      { result: [5, '/api/v1/query?query=a+b&timeout=3000ms'] },
      { result: [5, '/api/v1/query?query=c&timeout=3000ms'] },
    ]);
    seen.length = 0;
    await query(api);
    expect(seen).toEqual(['GET /api/v1/query']);
  });

  it('says what the server says about a wrong query', async () => {
    const { target } = await serve((_, response) => {
      send(response, 400, { status: 'error', errorType: 'bad_data', error: 'parse error: no\n such' });
    });
    expect(await query(apiOf(`http://${target}`))).toMatchObject({
      fault: 'query',
      reason: 'bad_data: parse error: no such',
      hint: 'Correct the query; try it in the server’s own page first.',
    });
  });

  it.each([
    [200, '<html>log in</html>', 'text/html; charset=utf-8', 'it answered 200 with text/html that is not of'],
    [200, '{"status":"success"}', 'application/json', 'it answered success without a result'],
    [200, 'null', 'application/json', 'it answered 200 with application/json that is not of'],
    [401, 'Unauthorized', 'text/plain', 'it answered 401: Unauthorized'],
    [404, '<html></html>', 'text/html', 'it answered 404'],
    [500, 'x'.repeat(1_000), 'text/plain', `it answered 500: ${'x'.repeat(100)}`],
  ])('tells what is not Prometheus: %d %s', async (...[status, body, type, said]) => {
    const { target } = await serve((_, response) => {
      send(response, status, body, { 'content-type': type });
    });
    const answer = await query(apiOf(`http://${target}`));
    expect(answer).toMatchObject({ kind: 'failed', fault: 'source' });
    expect(answer.kind === 'failed' && answer.reason).toContain(said);
    expect(answer.kind === 'failed' && answer.reason.length).toBeLessThan(400);
  });

  it('takes no more than it should', async () => {
    const { target } = await serve((_, response) => {
      const more = (): void => {
        while (response.write('['.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const answer = await query(apiOf(`http://${target}`, { mostAnswerBytes: 1_000_000 }));
    expect(answer).toMatchObject({ fault: 'query', reason: 'the answer is larger than 977 KiB' });
  });
});

describe('a server that is in trouble', () => {
  it('is asked again when it is busy, as late as it says', async () => {
    let calls = 0;
    const { target } = await serve((_, response) => {
      calls += 1;
      if (calls === 1) send(response, 429, 'slow down', { 'retry-after': '0' });
      else if (calls === 2) send(response, 503, 'starting');
      else send(response, 200, GOOD);
    });
    expect(await query(apiOf(`http://${target}`))).toMatchObject({ kind: 'data' });
    expect(calls).toBe(3);
  });

  it('is asked again when the connection broke', async () => {
    let calls = 0;
    const { target } = await serve((request, response) => {
      calls += 1;
      if (calls === 1) request.socket.destroy();
      else send(response, 200, GOOD);
    });
    expect(await query(apiOf(`http://${target}`))).toMatchObject({ kind: 'data' });
  });

  it.each([
    [429, 'slow down', { 'retry-after': '60' }],
    [503, { status: 'error', errorType: 'timeout', error: 'query timed out' }, {}],
    [500, 'broken', {}],
    [422, { status: 'error', errorType: 'execution', error: 'too many samples' }, {}],
  ])('is not asked again in vain: %d %j', async (status, body, headers) => {
    const { target, seen } = await serve((_, response) => {
      send(response, status, body, headers);
    });
    expect(await query(apiOf(`http://${target}`))).toMatchObject({ kind: 'failed', status });
    expect(seen).toHaveLength(1);
  });

  it('is told from one that is away', async () => {
    const server = await startHttp(() => undefined);
    await server.stop();
    const { target } = server;
    const answer = await query(apiOf(`http://${target}`));
    expect(answer).toMatchObject({ fault: 'source', hint: 'Is the server running, and is `address` right?' });
    expect(answer.kind === 'failed' && answer.reason).toContain(`cannot be reached at http://${target}`);
  });

  it('is given up after the time it has, wherever it hangs', async () => {
    const silent = await serve(() => undefined);
    const halfway = await serve((_, response) => {
      response.write('{"status":');
    });
    for (const { target } of [silent, halfway]) {
      expect(await query(apiOf(`http://${target}`, { timeoutMs: 300 }))).toMatchObject({
        fault: 'source',
        reason: 'it did not answer within 300ms',
      });
    }
  });

  it('is described by its last answer when a further try is cut short', async () => {
    let calls = 0;
    const { target } = await serve((_, response) => {
      calls += 1;
      if (calls === 1) send(response, 503, 'starting');
    });
    const answer = await query(apiOf(`http://${target}`, { timeoutMs: 600 }));
    expect(answer).toMatchObject({ reason: 'it answered 503: starting' });
    expect(calls).toBe(2);
  });

  it('is given up when nobody wants the answer', async () => {
    const { target, seen } = await serve(() => undefined);
    const patience = new AbortController();
    const answer = query(apiOf(`http://${target}`), 'up', patience.signal);
    await expect.poll(() => seen.length).toBe(1);
    patience.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    await expect(query(apiOf(`http://${target}`), 'up', patience.signal)).rejects.toThrow('enough');
  });
});

describe('a redirect', () => {
  it('is followed on the same host, with what was posted', async () => {
    const { target, seen } = await serve((request, response) => {
      if (request.url === '/api/v1/query') send(response, 307, '', { location: '/prom/api/v1/query' });
      else
        void bodyOf(request).then((body) => {
          send(response, 200, { ...GOOD, data: { resultType: 'string', result: [1, body] } });
        });
    });
    expect(await query(apiOf(`http://${target}`), 'up')).toMatchObject({
      result: [1, 'query=up&timeout=3000ms'],
    });
    expect(seen).toEqual(['POST /api/v1/query', 'POST /prom/api/v1/query']);
  });

  it('carries nothing to another host or port', async () => {
    const other = await serve((_, response) => {
      send(response, 200, GOOD);
    });
    const { target } = await serve((_, response) => {
      send(response, 302, '', { location: `http://${other.target}/api/v1/query?token=abc` });
    });
    const answer = await query(apiOf(`http://${target}`));
    expect(answer).toMatchObject({
      fault: 'source',
      reason: `http://${target} sends on to http://${other.target}, which is not followed`,
    });
    expect(other.seen).toEqual([]);
  });

  it('in circles ends', async () => {
    const { target, seen } = await serve((_, response) => {
      send(response, 308, '', { location: '/api/v1/query' });
    });
    expect(await query(apiOf(`http://${target}`))).toMatchObject({ kind: 'failed' });
    expect(seen).toHaveLength(4);
  });
});

describe('credentials', () => {
  const echoing: RequestListener = (request, response) => {
    const { authorization = 'nothing' } = request.headers;
    const tenant = String(request.headers['x-scope-orgid'] ?? '');
    send(response, 400, {
      status: 'error',
      errorType: 'bad_data',
      error: `saw ${authorization} of ${tenant}`,
    });
  };

  it('are sent and never shown, even when the server quotes them', async () => {
    let seen = '';
    const { target } = await serve((request, response) => {
      seen = request.headers.authorization ?? '';
      echoing(request, response);
    });
    const bearer = secretFromEnvironment('TOKEN', { TOKEN: 'a-secret-token' });
    const headers = { 'X-Scope-OrgID': 'tenant-secret' };
    const answer = await query(apiOf(`http://${target}`, { auth: { bearer }, headers }));
    expect(seen).toBe('Bearer a-secret-token');
    expect(answer).toMatchObject({ reason: 'bad_data: saw Bearer [redacted] of [redacted]' });

    const basic = { user: 'me', password: secretFromEnvironment('PASSWORD', { PASSWORD: 'pass word:é' }) };
    const other = await query(apiOf(`http://${target}`, { auth: { basic } }));
    expect(Buffer.from(seen.slice('Basic '.length), 'base64').toString('utf8')).toBe('me:pass word:é');
    expect(other).toMatchObject({ reason: 'bad_data: saw Basic [redacted] of ' });
  });

  it('come from a file that may change', async () => {
    let seen: string | undefined;
    const { target } = await serve((request, response) => {
      seen = request.headers.authorization;
      send(response, 200, GOOD);
    });
    const file = join(dir, 'token');
    const api = apiOf(`http://${target}`, { auth: { bearer: secretFromFile(file) } });
    expect(await query(api)).toMatchObject({ kind: 'failed', fault: 'source' });
    await writeFile(file, 'first\n');
    await query(api);
    expect(seen).toBe('Bearer first');
    await writeFile(file, 'another');
    await query(api);
    expect(seen).toBe('Bearer another');
  });

  it.each([
    [undefined, 'is empty'],
    ['', 'is empty'],
    ['a\nX-Evil: b', 'has control characters'],
  ])('of %j are not sent at all', async (TOKEN, said) => {
    const { target, seen } = await serve(echoing);
    const bearer = secretFromEnvironment('TOKEN', { TOKEN });
    const answer = await query(apiOf(`http://${target}`, { auth: { bearer } }));
    expect(answer).toMatchObject({ reason: `there should be a secret, but the variable TOKEN ${said}` });
    expect(seen).toEqual([]);
  });
});

describe('an address', () => {
  it.each(['prometheus:9090', 'ftp://host', 'http://', '', 'http://me:secret@host'])(
    'is refused: %s',
    (address) => {
      const refusal = (): Failure | undefined => {
        try {
          prometheusApi({ name: 'prom', address });
          return undefined;
        } catch (error) {
          return error instanceof Failure ? error : undefined;
        }
      };
      expect(refusal()?.code).toBe('invalidSpec');
      expect(refusal()?.message).not.toContain('secret@');
    },
  );
});
