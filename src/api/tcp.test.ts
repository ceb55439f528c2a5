import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessTo, fakeOperations } from '../../test/cli/fake.ts';
import { Failure } from '../base/failure.ts';
import type { ProblemView } from './resources.ts';
import { startApiServer, type ApiServer } from './server.ts';

const SECRET = 'coalmine_good';

let dataDir: string;
let server: ApiServer;
let port: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-api-'));
  server = await start(0);
  port = Number(new URL(server.url ?? '').port);
});
afterEach(async () => {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

function start(tcpPort: number): Promise<ApiServer> {
  const { callers, ...access } = accessTo(fakeOperations({ list: () => Promise.resolve([]) }));
  return startApiServer({
    dataDir,
    port: tcpPort,
    openApi: () => Promise.resolve('{"openapi":"3.1.0"}'),
    access: {
      ...access,
      holderOf: (secret) =>
        secret === SECRET
          ? Promise.resolve({ author: { kind: 'token', name: 'ci' }, role: 'viewer', groups: [] })
          : Promise.reject(new Failure('unauthenticated', 'there is no such token')),
    },
    onBug: (thrown) => {
      throw thrown;
    },
  });
}

/** Everything that comes back before the server hangs up. */
function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(said);
    });
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly authenticate: string | undefined;
  readonly value: unknown;
}

function ask(headers: Readonly<Record<string, string>>, path = '/api/v1/rollouts'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        const { 'www-authenticate': authenticate } = response.headers;
        resolve({ status: response.statusCode, authenticate, value: JSON.parse(text) as unknown });
      });
    });
    sent.on('error', reject).end();
  });
}

describe('the API over TCP', () => {
  const token = { authorization: `Bearer ${SECRET}` };

  it.each([
    ['a token', () => token, '200'],
    ['a token, by the name localhost', () => ({ ...token, host: `localhost:${port}` }), '200'],
    ['a token, from its own page', () => ({ ...token, origin: `http://127.0.0.1:${port}` }), '200'],
    ['nothing', () => ({}), '401 unauthenticated'],
    ['a claimed name, as over the socket', () => ({ 'coalmine-user': 'root' }), '401 unauthenticated'],
    ['a token that is none', () => ({ authorization: 'Bearer coalmine_bad' }), '401 unauthenticated sent'],
    ['what can be no token', () => ({ authorization: 'Bearer <none>' }), '401 unauthenticated sent'],
    ['a password', () => ({ authorization: 'Basic cm9vdDpyb290' }), '401 unauthenticated'],
    ["a token, by another's name", () => ({ ...token, host: `evil.example:${port}` }), '403 notPermitted'],
    ['a token, by another port', () => ({ ...token, host: '127.0.0.1:1' }), '403 notPermitted'],
    [
      'a token, from a page elsewhere',
      () => ({ ...token, origin: 'http://evil.example' }),
      '403 notPermitted',
    ],
    ['a token, from a page without origin', () => ({ ...token, origin: 'null' }), '403 notPermitted'],
    [
      'a token, from a page of another port here',
      () => ({ ...token, origin: 'http://127.0.0.1:1' }),
      '403 notPermitted',
    ],
  ])('with %s', async (_, headers, expected) => {
    const [status = '', type, sent] = expected.split(' ');
    const answer = await ask(headers());
    expect(answer.status).toBe(Number(status));
    const challenge = sent === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
    expect(answer.authenticate).toBe(status === '401' ? challenge : undefined);
    if (type === undefined) expect(answer.value).toEqual([]);
    else expect((answer.value as ProblemView).type).toBe(type);
    expect(JSON.stringify(answer.value)).not.toContain('coalmine_');
  });

  it('describes itself to everybody but to pages elsewhere', async () => {
    expect((await ask({}, '/openapi.json')).value).toEqual({ openapi: '3.1.0' });
    expect((await ask({ origin: 'http://evil.example' }, '/openapi.json')).status).toBe(403);
  });

  it.each([
    [
      'an address that is too long',
      `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
      431,
      'tooLarge',
    ],
    ['a line that is no request', 'HELO there\r\n\r\n', 400, 'usage'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
      'usage',
    ],
  ])('refuses %s in words, and hangs up', async (...[, bytes, status, type]) => {
    const said = await sendRaw(bytes);
    const [head = '', body = ''] = said.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\ncontent-type: application/problem\\+json`));
    expect(JSON.parse(body)).toMatchObject({ status, type });
  });

  it('says when its port is taken, and leaves the socket to whoever comes next', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const taken = (other.address() as AddressInfo).port;
    await server.close();
    await expect(start(taken)).rejects.toMatchObject({
      code: 'portTaken',
      hint: 'choose another with --api-port',
    });
    other.close();
    server = await start(0);
  });
});
