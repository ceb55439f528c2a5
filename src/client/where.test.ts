import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accessTo, fakeOperations, messages, SECRET } from '../../test/cli/fake.ts';
import { anEvent, aView } from '../../test/cli/views.ts';
import { startApiServer, type ApiServer } from '../api/server.ts';
import { createClient } from './client.ts';

let dataDir: string;
let server: ApiServer;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-where-'));
  const told = [{ kind: 'event', event: anEvent(7) }] as const;
  const operations = fakeOperations({ stream: (_, signal) => messages(told, signal) });
  server = await startApiServer({ dataDir, access: accessTo(operations), onBug: () => undefined, port: 0 });
});
afterEach(async () => {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

it('over TCP, with a token, everything is as over the socket', async () => {
  const client = createClient({ url: server.url ?? '', token: SECRET });
  expect(await client.list()).toEqual([aView()]);
  expect(await client.steer('shop', { verb: 'pause' })).toEqual(aView());
  const end = new AbortController();
  const ids: number[] = [];
  for await (const message of client.stream({}, end.signal)) {
    if (message.kind === 'event') ids.push(message.event.id);
    end.abort();
  }
  expect(ids).toEqual([7]);
});

it('over TCP nobody gets in without a token', async () => {
  const client = createClient({ url: server.url ?? '' });
  await expect(client.list()).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('says where nobody answers', async () => {
  const { url = '' } = server;
  await server.close();
  await expect(createClient({ url, token: SECRET }).list()).rejects.toMatchObject({
    code: 'unreachable',
    message: `coalmine is not running (${url})`,
    hint: 'Start it with "coalmine up --api-port PORT".',
  });
});

it.each([
  ['nothing', {}],
  ['both', { socketPath: '/a.sock', url: 'http://127.0.0.1:1' }],
  ['what is no URL', { url: '127.0.0.1:7070' }],
  ['another protocol', { url: 'ftp://127.0.0.1' }],
  ['a URL with a password', { url: `http://me:${SECRET}@127.0.0.1` }],
])('is refused, with what to give, when it is %s', (_, named) => {
  const made = (): unknown => createClient(named);
  expect(made).toThrow(
    expect.objectContaining({ code: 'usage', hint: expect.stringContaining('as url') as string }),
  );
  expect(made).not.toThrow(SECRET);
});
