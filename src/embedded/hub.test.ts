import { describe, expect, it } from 'vitest';
import type { EventView, RolloutView, StreamMessage } from '../api/resources.ts';
import { Hub } from './hub.ts';

function event(id: number): StreamMessage {
  const view: EventView = { id, rollout: 'shop', at: 0, type: 'Paused', message: 'paused' };
  return { kind: 'event', event: view };
}

function snapshot(name: string, message: string): StreamMessage {
  // Only what the hub looks at.
  return { kind: 'rollout', rollout: { name, message } as RolloutView };
}

async function take(messages: AsyncIterable<StreamMessage>, count: number): Promise<StreamMessage[]> {
  const taken: StreamMessage[] = [];
  for await (const message of messages) {
    taken.push(message);
    if (taken.length === count) break;
  }
  return taken;
}

describe('the hub', () => {
  it('passes on what was published after listening began, although nobody read yet', async () => {
    const hub = new Hub();
    hub.publish(event(1));
    const messages = hub.listen(new AbortController().signal);
    hub.publish(event(2));
    hub.publish(event(3));
    expect(await take(messages, 2)).toEqual([event(2), event(3)]);
  });

  it('keeps of one Rollout only the newest snapshot for a reader that is behind', async () => {
    const hub = new Hub();
    const messages = hub.listen(new AbortController().signal);
    for (let n = 0; n < 5_000; n += 1) hub.publish(snapshot('shop', `${n}`));
    hub.publish(snapshot('other', 'x'));
    expect(await take(messages, 2)).toEqual([snapshot('shop', '4999'), snapshot('other', 'x')]);
  });

  it('cuts off a reader that falls too far behind in events, and forgets it', async () => {
    const hub = new Hub();
    const messages = hub.listen(new AbortController().signal);
    for (let n = 0; n < 2_000; n += 1) hub.publish(event(n));
    expect(hub.isWatched).toBe(false);
    await expect(take(messages, 1)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('ends when the signal aborts, also while waiting', async () => {
    const hub = new Hub();
    const ending = new AbortController();
    const reading = take(hub.listen(ending.signal), 1);
    ending.abort();
    expect(await reading).toEqual([]);
    expect(hub.isWatched).toBe(false);
  });
});
