import type { IncomingMessage } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { anEvent, aView } from '../../test/cli/views.ts';
import { Served } from '../api/testing/served.ts';
import { sentEventsOf } from '../client/lines.ts';
import { Hub } from './hub.ts';

const READERS = 200;
const ROUNDS = 30;
const served = Served.forTests();

async function serve(hub: Hub, heartbeatMs = 60_000) {
  await served.serve({ stream: (_, signal) => hub.listen(signal) }, { heartbeatMs });
}

/** Reads until it has heard of an event. */
async function heardUntil(response: IncomingMessage, last: number): Promise<readonly number[]> {
  const ids: number[] = [];
  for await (const { id } of sentEventsOf(response)) {
    if (id !== undefined) ids.push(Number(id));
    if (Number(id) === last) break;
  }
  return ids;
}

describe('two hundred readers of a stream', () => {
  it('hear of every event, once and in order, beside one that never reads', async () => {
    const hub = new Hub();
    await serve(hub);
    const mute = await served.open('/api/v1/stream');
    mute.pause();
    const readers = await Promise.all(Array.from({ length: READERS }, () => served.open('/api/v1/stream')));
    await vi.waitFor(() => {
      expect(hub.listeners).toBe(READERS + 1);
    });
    const heard = Promise.all(readers.map((one) => heardUntil(one, ROUNDS)));
    for (let id = 1; id <= ROUNDS; id += 1) {
      hub.publish({ kind: 'rollout', rollout: aView({ message: 'x'.repeat(20_000) }) });
      hub.publish({ kind: 'event', event: anEvent(id) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const all = Array.from({ length: ROUNDS }, (_, index) => index + 1);
    expect(await heard).toEqual(readers.map(() => all));
    mute.destroy();
  });
});

describe('a reader that never reads', () => {
  it('is cut off once it has taken nothing for four heartbeats, and nothing is kept for it', async () => {
    const hub = new Hub();
    await serve(hub, 25);
    const mute = await served.open('/api/v1/stream');
    mute.pause();
    mute.on('error', () => undefined);
    const cut = new Promise((resolve) => mute.on('close', resolve));
    await vi.waitFor(() => {
      expect(hub.listeners).toBe(1);
    });
    // More than the buffers of a connection hold.
    for (let id = 1; id <= 900; id += 1)
      hub.publish({ kind: 'event', event: anEvent(id, { message: 'x'.repeat(20_000) }) });
    await vi.waitFor(
      () => {
        expect(hub.listeners).toBe(0);
      },
      { timeout: 30_000 },
    );
    mute.resume();
    await cut;
  });

  it('is told why when it reads on after all, and may come back', async () => {
    const hub = new Hub();
    await serve(hub);
    const slow = await served.open('/api/v1/stream');
    slow.pause();
    await vi.waitFor(() => {
      expect(hub.listeners).toBe(1);
    });
    for (let id = 1; id <= 3_000; id += 1)
      hub.publish({ kind: 'event', event: anEvent(id, { message: 'x'.repeat(2_000) }) });
    expect(hub.listeners).toBe(0);
    const said: string[] = [];
    for await (const { event, data } of sentEventsOf(slow)) if (event === 'problem') said.push(data);
    expect(said).toEqual([expect.stringContaining('come back with Last-Event-ID')]);
  });
});
