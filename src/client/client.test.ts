import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessTo, fakeOperations, messages, SYSTEM, type Fake } from '../../test/cli/fake.ts';
import { aDocument, anEvent, aView, STABLE } from '../../test/cli/views.ts';
import { LARGEST_PAGE } from '../api/paging.ts';
import { startApiServer, type ApiServer } from '../api/server.ts';
import type { Operations } from '../api/operations.ts';
import type { StreamMessage, TickView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import type { TickPart } from '../store/rows/tick.ts';
import { createClient, type Client } from './client.ts';

let dataDir: string;
let server: ApiServer | undefined;
let client: Client;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-client-'));
  client = createClient({ socketPath: join(dataDir, 'control.sock') });
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

async function serve(operations: Partial<Operations> = {}): Promise<Fake> {
  const fake = fakeOperations(operations);
  server = await startApiServer({ dataDir, access: accessTo(fake), onBug: () => undefined });
  return fake;
}

describe('the client', () => {
  it('asks every operation as it would be asked directly', async () => {
    const fake = await serve();
    const document = aDocument();
    expect(await client.system()).toEqual(SYSTEM);
    expect(await client.list()).toEqual([aView()]);
    expect(await client.get('shop')).toEqual(aView());
    expect((await client.plan(document)).name).toBe('shop');
    await client.apply({ document, insist: true });
    await client.release('shop', { from: '/srv/new', set: ['a=b'], envFiles: ['/srv/.env'] });
    await client.steer('shop', { verb: 'abort', reason: 'a hunch' });
    await client.restart('shop');
    await client.scale('shop', 4);
    await client.maintain('shop', { on: true, message: 'moving', retryAfterMs: 5 });
    await client.maintain('shop', { on: false });
    await client.remove('shop');
    expect(await client.history('shop')).toHaveLength(1);
    await client.ticks('shop', 3);
    await client.events({ rollout: 'shop', after: 4, limit: 5 });
    await client.shutDown(true);
    expect(fake.calls).toEqual([
      ['system'],
      ['list'],
      ['get', 'shop'],
      ['plan', document],
      ['apply', { document, insist: true }],
      ['release', 'shop', { from: '/srv/new', set: ['a=b'], envFiles: ['/srv/.env'] }],
      ['steer', 'shop', { verb: 'abort', reason: 'a hunch' }],
      ['restart', 'shop'],
      ['scale', 'shop', 4],
      ['maintain', 'shop', { on: true, message: 'moving', retryAfterMs: 5 }],
      ['maintain', 'shop', { on: false }],
      ['remove', 'shop'],
      // One more than are sent at once: whether there are more.
      ['history', 'shop', { limit: LARGEST_PAGE + 1 }],
      ['ticks', 'shop', 3, { after: 0, limit: 1_001 }],
      ['events', { rollout: 'shop', after: 4, limit: 5 }],
      ['shutDown', true],
    ]);
  });

  it('has the whole of a list, however many pages it takes', async () => {
    const names = Array.from({ length: 2_001 }, (_, index) => `shop-${String(index).padStart(4, '0')}`);
    const fake = await serve({ list: () => Promise.resolve(names.map((name) => aView({ name }))) });
    expect((await client.list()).map(({ name }) => name)).toEqual(names);
    expect(fake.calls).toHaveLength(3);
  });

  it('has the part of the ticks that is asked for, however many pages it takes', async () => {
    const ticks = Array.from({ length: 2_500 }, (_, at) => ({ step: 0, at }) as unknown as TickView);
    await serve({
      ticks: (_name, _release, { after = 0, limit = Infinity } = {}) =>
        Promise.resolve(ticks.slice(after, after + limit)),
    });
    const moments = async (part?: TickPart) => (await client.ticks('shop', 3, part)).map(({ at }) => at);
    const all = ticks.map(({ at }) => at);
    expect(await moments()).toEqual(all);
    expect(await moments({ after: 0, limit: 100 })).toEqual(all.slice(0, 100));
    expect(await moments({ after: 2_450, limit: 100 })).toEqual(all.slice(2_450));
    expect(await moments({ after: 1_200 })).toEqual(all.slice(1_200));
    expect(await moments({ limit: 1_500 })).toEqual(all.slice(0, 1_500));
    expect(await moments({ after: 2_500, limit: 100 })).toEqual([]);
  });

  it('keeps names that need escaping whole', async () => {
    const fake = await serve({ get: (name) => Promise.reject(new Failure('notFound', name)) });
    await expect(client.get('a/b ?#é')).rejects.toMatchObject({ code: 'notFound', message: 'a/b ?#é' });
    expect(fake.calls).toEqual([['get', 'a/b ?#é']]);
  });

  it('asks again with the same key when the connection broke, and never for what keeps no key', async () => {
    const asked: (readonly [string | undefined, unknown])[] = [];
    const breaking = createServer((request, response) => {
      asked.push([request.method, request.headers['idempotency-key']]);
      if (asked.length < 3) request.socket.destroy();
      else response.end(JSON.stringify(aView()));
    });
    await new Promise<void>((resolve) => breaking.listen(join(dataDir, 'control.sock'), resolve));
    expect(await client.steer('shop', { verb: 'pause' })).toEqual(aView());
    const [[, key]] = asked as [(typeof asked)[number]];
    expect(key).toMatch(/^"[0-9a-f-]{36}"$/);
    expect(asked).toEqual([1, 2, 3].map(() => ['POST', key]));
    asked.length = 0;
    await expect(client.plan({})).rejects.toMatchObject({ code: 'unreachable' });
    expect(asked).toEqual([['POST', undefined]]);
    breaking.close();
  });

  it('throws the failure that the operation threw', async () => {
    const problems = [{ file: 'a.yaml', line: 3, path: 'spec', reason: 'is required', hint: 'write it' }];
    const thrown = new Failure('invalidSpec', 'not valid', { hint: 'look', problems });
    await serve({ apply: () => Promise.reject(thrown) });
    const caught: unknown = await client.apply({ document: aDocument() }).catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(Failure);
    expect(caught).toMatchObject({ code: 'invalidSpec', message: 'not valid', hint: 'look', problems });
  });

  it('says how to start coalmine when it is not running', async () => {
    await expect(client.list()).rejects.toMatchObject({
      code: 'unreachable',
      hint: expect.stringContaining('coalmine up') as string,
    });
  });

  it('does not take another server for coalmine', async () => {
    const other = createServer((_, response) => response.writeHead(404).end('nope'));
    await listening(other, join(dataDir, 'control.sock'));
    await expect(client.list()).rejects.toMatchObject({ code: 'unreachable' });
    other.close();
  });

  it('stops asking when its signal aborts', async () => {
    await serve({ list: () => new Promise(() => undefined) });
    const end = new AbortController();
    const asked = createClient({ socketPath: join(dataDir, 'control.sock'), signal: end.signal }).list();
    setImmediate(() => {
      end.abort();
    });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});

function listening(one: Server, path: string): Promise<void> {
  return new Promise((resolve) => {
    one.listen(path, resolve);
  });
}

describe('log lines', () => {
  it('come as they were written, until there are no more', async () => {
    const text = 'tabs\t, "quotes", ünïcode and \u2028';
    const fake = await serve({
      // eslint-disable-next-line @typescript-eslint/require-await
      async *logs() {
        for (let index = 0; index < 1_000; index += 1)
          yield { revision: STABLE, instance: 'a', text: `${text}${index}` };
      },
    });
    const lines = [];
    for await (const line of client.logs(
      'shop',
      { of: 'stable', tail: 5, follow: true },
      new AbortController().signal,
    )) {
      lines.push(line.text);
    }
    expect(lines).toHaveLength(1_000);
    expect(lines.at(-1)).toBe(`${text}999`);
    expect(fake.calls).toContainEqual(['logs', 'shop', { of: 'stable', tail: 5, follow: true }]);
  });

  it('end with the failure that ended them', async () => {
    await serve({
      // eslint-disable-next-line @typescript-eslint/require-await
      async *logs() {
        yield { revision: STABLE, instance: 'a', text: 'one' };
        throw new Failure('storeUnusable', 'the log is gone');
      },
    });
    const read = async (): Promise<void> => {
      for await (const line of client.logs('shop', {}, new AbortController().signal))
        expect(line.text).toBe('one');
    };
    await expect(read()).rejects.toMatchObject({ code: 'storeUnusable' });
  });
});

describe('the stream', () => {
  it('goes on after the last event when the server comes back', async () => {
    await serve({
      stream: (_, signal) =>
        messages(
          [
            { kind: 'event', event: anEvent(1) },
            { kind: 'event', event: anEvent(2) },
          ],
          signal,
        ),
    });
    const lost: Failure[] = [];
    const end = new AbortController();
    client = createClient({
      socketPath: join(dataDir, 'control.sock'),
      onLost: (failure) => lost.push(failure),
    });
    const seen: StreamMessage[] = [];
    let second: Fake | undefined;
    for await (const message of client.stream({}, end.signal)) {
      seen.push(message);
      if (seen.length === 2) {
        await server?.close();
        second = await serve({
          stream: (query, signal) =>
            messages([{ kind: 'event', event: anEvent((query.after ?? 0) + 1) }], signal),
        });
      }
      if (seen.length === 3) end.abort();
    }
    expect(seen.map((message) => (message.kind === 'event' ? message.event.id : 0))).toEqual([1, 2, 3]);
    expect(second?.calls).toContainEqual(['stream', { after: 2 }]);
    expect(lost.map((failure) => failure.code)).toEqual(['unreachable']);
  });

  it('begins at the newest event, so that a loss before the first one loses nothing', async () => {
    const fake = await serve({
      events: () => Promise.resolve([anEvent(41)]),
      stream: (query, signal) =>
        messages([{ kind: 'event', event: anEvent((query.after ?? 0) + 1) }], signal),
    });
    const end = new AbortController();
    for await (const message of client.stream({}, end.signal)) {
      expect(message).toMatchObject({ event: { id: 42 } });
      end.abort();
    }
    expect(fake.calls).toContainEqual(['stream', { after: 41 }]);
  });

  it('ends what it was opened from when its reader goes', async () => {
    let isEnded = false;
    await serve({
      async *stream(_, signal) {
        try {
          for (let id = 1; !signal.aborted; id += 1)
            yield await Promise.resolve({ kind: 'event', event: anEvent(id) });
        } finally {
          isEnded = true;
        }
      },
    });
    for await (const message of client.stream({}, new AbortController().signal)) {
      expect(message.kind).toBe('event');
      break;
    }
    await expect.poll(() => isEnded).toBe(true);
  });

  it('gives up when the server stays away', async () => {
    await serve({ stream: (_, signal) => messages([{ kind: 'event', event: anEvent(1) }], signal) });
    client = createClient({ socketPath: join(dataDir, 'control.sock'), resumeForMs: 50 });
    const read = async (): Promise<void> => {
      for await (const message of client.stream({}, new AbortController().signal)) {
        expect(message.kind).toBe('event');
        await server?.close();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('is refused at once when there is nobody, and when there is no such Rollout', async () => {
    const first = async (rollout?: string): Promise<void> => {
      for await (const message of client.stream(
        rollout === undefined ? {} : { rollout },
        new AbortController().signal,
      )) {
        expect(message).toBeUndefined();
      }
    };
    await expect(first()).rejects.toMatchObject({ code: 'unreachable' });
    await serve();
    await expect(first('nothing')).rejects.toMatchObject({ code: 'notFound' });
  });
});
