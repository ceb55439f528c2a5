import { stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessTo, fakeOperations, messages } from '../../test/cli/fake.ts';
import { aDocument, anEvent, aView } from '../../test/cli/views.ts';
import { Failure } from '../base/failure.ts';
import type { Operations } from './operations.ts';
import type { StreamMessage } from './resources.ts';
import { startApiServer } from './server.ts';
import { Served, type Sent } from './testing/served.ts';

const served = Served.forTests();
const ask = served.ask.bind(served);
const open = served.open.bind(served);

function serve(operations: Partial<Operations> = {}, heartbeatMs = 15_000) {
  return served.serve(operations, { heartbeatMs });
}

describe('the control socket', () => {
  it("is its owner's alone, and gone once the server is closed", async () => {
    await serve();
    const path = join(served.dataDir, 'control.sock');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(served.server?.socketPath).toBe(path);
    await served.server?.close();
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('is refused to a second server, and the first goes on', async () => {
    await serve();
    const second = startApiServer({
      dataDir: served.dataDir,
      access: accessTo(fakeOperations()),
      onBug: () => undefined,
    });
    await expect(second).rejects.toMatchObject({ code: 'alreadyRunning' });
    expect((await ask('/api/v1/system')).status).toBe(200);
  });

  it('is taken by exactly one of many that start at once, even over a dead one', async () => {
    await writeFile(join(served.dataDir, 'control.sock'), '');
    const starts = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        startApiServer({
          dataDir: served.dataDir,
          access: accessTo(fakeOperations()),
          onBug: () => undefined,
        }),
      ),
    );
    const won = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    expect(won).toHaveLength(1);
    served.server = won[0];
    expect((await ask('/api/v1/system')).status).toBe(200);
  });

  it('is not taken from a process that is alive but answers nothing', async () => {
    const mute = createServer();
    await listening(mute, join(served.dataDir, 'control.sock'));
    await expect(serve()).rejects.toMatchObject({ code: 'alreadyRunning' });
    mute.close();
  });

  it('says so when its path is too long', async () => {
    const deep = join(served.dataDir, 'x'.repeat(100));
    const start = startApiServer({
      dataDir: deep,
      access: accessTo(fakeOperations()),
      onBug: () => undefined,
    });
    await expect(start).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('shorter') as string,
    });
  });
});

function listening(one: Server, path: string): Promise<void> {
  return new Promise((resolve) => {
    one.listen(path, resolve);
  });
}

describe('the API', () => {
  it('passes a request to its operation and answers with what that answers', async () => {
    const fake = await serve();
    const { status, value } = await ask('/api/v1/rollouts/shop/steer', {
      method: 'POST',
      body: JSON.stringify({ verb: 'promote', full: true }),
    });
    expect(status).toBe(200);
    expect(value).toEqual(aView());
    expect(fake.calls).toEqual([['steer', 'shop', { verb: 'promote', full: true }]]);
  });

  it('answers without a body where there is nothing to say', async () => {
    await serve();
    const gone = await ask('/api/v1/rollouts/shop', { method: 'DELETE' });
    expect(served.bugs).toEqual([]);
    expect(gone).toMatchObject({
      status: 204,
      value: undefined,
    });
  });

  it('answers a failure with its status, code, hint and problems', async () => {
    const problems = [{ path: 'spec.strategy', reason: 'is required' }];
    await serve({
      plan: () => Promise.reject(new Failure('invalidSpec', 'not valid', { hint: 'look', problems })),
    });
    const answer = await ask('/api/v1/plan', { method: 'POST', body: '{"document":{}}' });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.status).toBe(422);
    expect(answer.problem).toEqual({
      type: 'invalidSpec',
      title: 'invalid spec',
      status: 422,
      detail: 'not valid',
      hint: 'look',
      problems,
    });
  });

  it.each([
    ['[]', 'the body is not valid: must be object', ''],
    [
      '{"verb":7}',
      'the body is not valid: verb: must be one of promote, pause, resume, abort, retry, undo',
      'verb',
    ],
  ])('says of a body %s what is wrong, and where that is in it', async (body, detail, path) => {
    await serve();
    const { status, problem } = await ask('/api/v1/rollouts/shop/steer', { method: 'POST', body });
    expect(status).toBe(400);
    expect(problem).toMatchObject({ type: 'usage', detail, problems: [{ path }] });
  });

  it('tells nobody but the log what an unexpected error says', async () => {
    await serve({ list: () => Promise.reject(new Error('password hunter2')) });
    const { status, problem } = await ask('/api/v1/rollouts');
    expect(status).toBe(500);
    expect(problem.type).toBe('bug');
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(served.bugs).toEqual([new Error('password hunter2')]);
  });

  const refused: readonly (readonly [string, string, Sent, number, string])[] = [
    ['an unknown path', '/api/v2/system', {}, 404, 'notFound'],
    ['another method', '/api/v1/system', { method: 'POST', body: '{}' }, 405, 'usage'],
    ['a body that is not JSON', '/api/v1/plan', { method: 'POST', body: '{' }, 400, 'usage'],
    [
      'a body of another type',
      '/api/v1/plan',
      { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'usage',
    ],
    ['a body of no type', '/api/v1/plan', { method: 'POST' }, 415, 'usage'],
    ['an array', '/api/v1/plan', { method: 'POST', body: '[]' }, 400, 'usage'],
    [
      'an unknown field',
      '/api/v1/plan',
      { method: 'POST', body: '{"document":{},"dryrun":1}' },
      400,
      'usage',
    ],
    ['an unknown query', '/api/v1/events?limits=1', {}, 400, 'usage'],
    ['a query that is no number', '/api/v1/events?after=x', {}, 400, 'usage'],
    [
      'a name unlike the document',
      '/api/v1/rollouts/other',
      { method: 'PUT', body: JSON.stringify({ document: aDocument() }) },
      400,
      'usage',
    ],
    [
      'an unknown verb',
      '/api/v1/rollouts/shop/steer',
      { method: 'POST', body: '{"verb":"promot"}' },
      400,
      'usage',
    ],
    [
      "another verb's field",
      '/api/v1/rollouts/shop/steer',
      { method: 'POST', body: '{"verb":"pause","full":true}' },
      400,
      'usage',
    ],
    [
      'a fraction of a replica',
      '/api/v1/rollouts/shop/scale',
      { method: 'PUT', body: '{"replicas":1.5}' },
      400,
      'usage',
    ],
    [
      'words to users who are served',
      '/api/v1/rollouts/shop/maintenance',
      { method: 'PUT', body: '{"on":false,"message":"a"}' },
      400,
      'usage',
    ],
    [
      'a header that is none',
      '/api/v1/rollouts/shop/maintenance',
      { method: 'PUT', body: '{"on":true,"allow":{"header":"a b","value":"c"}}' },
      400,
      'usage',
    ],
    [
      'a wait without end',
      '/api/v1/rollouts/shop/maintenance',
      { method: 'PUT', body: '{"on":true,"holdMs":600001}' },
      400,
      'usage',
    ],
    ['a page of nothing', '/api/v1/rollouts?limit=0', {}, 400, 'usage'],
    ['a page that is too long', '/api/v1/rollouts?limit=1001', {}, 400, 'usage'],
    ['a cursor of nothing', '/api/v1/rollouts/shop/releases?cursor=AAAA', {}, 400, 'usage'],
    ['an event of nothing', '/api/v1/events?cursor=AAAA', {}, 400, 'usage'],
    ['no release', '/api/v1/rollouts/shop/releases/one/ticks', {}, 400, 'usage'],
    ['logs of nothing', '/api/v1/rollouts/nothing/logs', {}, 404, 'notFound'],
  ];
  it.each(refused)('refuses %s', async (...[, path, sent, status, type]) => {
    await serve();
    const answer = await ask(path, sent);
    expect(answer.status).toBe(status);
    expect(answer.problem).toMatchObject({ type, status });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(served.bugs).toEqual([]);
  });

  it('says which methods go, and which field was meant', async () => {
    await serve();
    expect((await ask('/api/v1/rollouts/shop', { method: 'PATCH' })).headers.allow).toBe('GET, PUT, DELETE');
    const body = JSON.stringify({ document: aDocument(), dryrun: true });
    const { problem } = await ask('/api/v1/rollouts/shop', { method: 'PUT', body });
    expect(problem.problems).toEqual([
      { path: 'dryrun', reason: 'is not a field of this request', hint: 'Did you mean dryRun?' },
    ]);
  });

  it.each([
    ['declared', { 'content-length': String(3 * 1024 * 1024) }],
    ['chunked', { 'transfer-encoding': 'chunked' }],
  ])('refuses a %s body that is too large', async (_, headers) => {
    const fake = await serve();
    const body = JSON.stringify({ document: { x: 'x'.repeat(3 * 1024 * 1024 - 24) } });
    const answer = await ask('/api/v1/plan', { method: 'POST', body, headers });
    expect(answer.status).toBe(413);
    expect(answer.problem.type).toBe('tooLarge');
    expect(fake.calls).toEqual([]);
  });
});

describe('the stream', () => {
  it('sends snapshots and events, events with ids', async () => {
    const sent: StreamMessage[] = [
      { kind: 'rollout', rollout: aView() },
      { kind: 'event', event: anEvent(7) },
    ];
    const fake = await serve({ stream: (_, signal) => messages(sent, signal) });
    const response = await open('/api/v1/stream?rollout=shop', { headers: { 'last-event-id': '6' } });
    expect(response.headers['content-type']).toBe('text/event-stream');
    const text = await readUntil(response, 'step 7');
    expect(text).toContain(`event: rollout\ndata: ${JSON.stringify(sent[0])}\n\n`);
    expect(text).toContain(`id: 7\nevent: event\ndata: ${JSON.stringify(sent[1])}\n\n`);
    expect(fake.calls).toContainEqual(['stream', { rollout: 'shop', after: 6 }]);
    response.destroy();
  });

  it.each(['abc', '-1', '1.5', ' ', '1'.repeat(16)])(
    'refuses to come back after "%s", which is the id of no event',
    async (id) => {
      const fake = await serve();
      const { status, problem } = await ask('/api/v1/stream', { headers: { 'last-event-id': id } });
      expect([status, problem.type]).toEqual([400, 'usage']);
      expect(fake.calls.map(([operation]) => operation)).not.toContain('stream');
    },
  );

  it('says in the stream what went wrong on the way, and ends', async () => {
    await serve({
      // eslint-disable-next-line @typescript-eslint/require-await
      async *stream() {
        throw new Failure('storeUnusable', 'the store is gone');
      },
    });
    const response = await open('/api/v1/stream');
    expect(await readUntil(response, '\n\n', 2)).toContain('event: problem\ndata: {"type":"storeUnusable"');
  });

  it('beats while there is nothing to say', async () => {
    await serve({}, 5);
    const response = await open('/api/v1/stream');
    expect(await readUntil(response, ':\n\n', 3)).toBe(':\n\n:\n\n:\n\n');
    response.destroy();
  });

  it('ends its operation when the reader goes', async () => {
    let ended: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (ended = resolve));
    await serve({
      async *stream(_, signal) {
        yield* messages([], signal);
        ended();
      },
    });
    const response = await open('/api/v1/stream');
    await readUntil(response, ':');
    response.destroy();
    await end;
  });

  it('takes no more from its operation than a slow reader reads', async () => {
    let taken = 0;
    await serve({
      // eslint-disable-next-line @typescript-eslint/require-await
      async *stream() {
        for (let id = 1; id <= 100_000; id += 1) {
          taken = id;
          yield { kind: 'event', event: anEvent(id, { message: 'x'.repeat(1_000) }) };
        }
      },
    });
    const response = await open('/api/v1/stream');
    response.pause();
    let before = -1;
    while (taken !== before || taken === 0) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(taken).toBeLessThan(5_000);
    response.destroy();
  });
});

describe('a file that is sent', () => {
  const octets = { 'content-type': 'application/octet-stream' };

  it('reaches its operation as it comes', async () => {
    await serve();
    const path = '/api/v1/uploads?kind=artefact';
    const { status, value } = await ask(path, { method: 'POST', headers: octets, body: 'a tar' });
    expect({ status, value }).toEqual({ status: 200, value: { path: '/uploads/artefact-full' } });
  });

  it.each([
    { what: 'of another type', query: '?kind=artefact', headers: {}, status: 415 },
    { what: 'of no kind', query: '', headers: octets, status: 400 },
    { what: 'of another kind', query: '?kind=secret', headers: octets, status: 400 },
    {
      what: 'too large by its own account',
      query: '?kind=environment',
      headers: { ...octets, 'content-length': '1048577' },
      status: 413,
    },
  ])('$what is refused', async ({ query, headers, status }) => {
    const fake = await serve();
    const answer = await ask(`/api/v1/uploads${query}`, {
      method: 'POST',
      headers,
      body: 'x'.repeat(1048577),
    });
    expect(answer.status).toBe(status);
    expect(fake.calls).toEqual([]);
    expect((await ask('/api/v1/uploads')).status).toBe(405);
  });
});

/** Reads until the text has the mark so many times. */
async function readUntil(response: IncomingMessage, mark: string, times = 1): Promise<string> {
  let text = '';
  const end = response[Symbol.asyncIterator]();
  while (text.split(mark).length <= times) {
    const chunk = await end.next();
    if (chunk.done === true) break;
    text += String(chunk.value);
  }
  return text;
}
