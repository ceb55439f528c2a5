import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accessTo, fakeOperations } from '../../test/cli/fake.ts';
import { anEvent } from '../../test/cli/views.ts';
import { Failure } from '../base/failure.ts';
import type { Access, Caller } from './access/caller.ts';
import type { StreamMessage } from './resources.ts';
import { startApiServer, type ApiServer } from './server.ts';

const ANA: Caller = { author: { kind: 'token', name: 'ana' }, role: 'viewer', groups: [] };

let dataDir: string;
let server: ApiServer | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-api-'));
});

afterEach(async () => {
  await server?.close();
  await rm(dataDir, { recursive: true, force: true });
});

function watching(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const place = { socketPath: join(dataDir, 'control.sock'), path: '/api/v1/stream', agent: false };
    const asking = request({ ...place, headers: { authorization: 'Bearer secret' } }, resolve);
    asking.on('error', reject).end();
  });
}

it.each([
  ['silent', 1],
  ['busy', Infinity],
])('a %s stream ends soon after its token is revoked, with the reason', async (_, count) => {
  let isRevoked = false;
  let given: AbortSignal | undefined;
  const bugs: unknown[] = [];
  async function* stream(signal: AbortSignal): AsyncIterable<StreamMessage> {
    given = signal;
    for (let id = 1; id <= count && !signal.aborted; id += 1) {
      yield { kind: 'event', event: anEvent(id) };
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
  }
  const access: Access = {
    ...accessTo(fakeOperations({ stream: (_query, signal) => stream(signal) })),
    holderOf: () =>
      isRevoked
        ? Promise.reject(new Failure('unauthenticated', 'the token ana was revoked'))
        : Promise.resolve(ANA),
  };
  const onBug = (thrown: unknown): void => void bugs.push(thrown);
  server = await startApiServer({ dataDir, access, onBug, heartbeatMs: 20 });
  let text = '';
  for await (const chunk of await watching()) {
    text = `${text}${String(chunk)}`.slice(-1_000);
    if (text.includes('event: event')) isRevoked = true;
  }
  expect(text).toMatch(/event: problem\ndata: .*the token ana was revoked/);
  expect([given?.aborted, bugs]).toEqual([true, []]);
});
