import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigMapInMemory } from '../testing/config-map.ts';
import { EndedSessions } from './ended-sessions.ts';

const HOUR = 3_600_000;
let kept: ConfigMapInMemory;
let now: number;

beforeEach(() => {
  kept = new ConfigMapInMemory();
  now = 1_000_000;
});

function replica(countsMs?: number): EndedSessions {
  const { client } = kept;
  const deadline = (): AbortSignal => new AbortController().signal;
  return new EndedSessions({ client, namespace: 'coalmine-system', now: () => now, deadline, countsMs });
}

describe('sessions that were ended', () => {
  it('are known to every replica, also to one that starts later', async () => {
    const [one, other] = [replica(0), replica(0)];
    expect([await one.has('a'), await other.has('a')]).toEqual([false, false]);
    await one.add('a', now + HOUR);
    await one.add('a', now + HOUR);
    expect([await one.has('a'), await other.has('a'), await replica().has('a')]).toEqual([true, true, true]);
    expect(await one.has('b')).toBe(false);
  });

  it('are known at once where they were ended, and read no more often than every few seconds', async () => {
    const [one, other] = [replica(), replica()];
    await one.has('a');
    await other.has('a');
    await one.add('a', now + HOUR);
    const reads = kept.reads;
    expect([await one.has('a'), await one.has('a'), await one.has('b')]).toEqual([true, true, false]);
    await Promise.all([other.has('a'), other.has('b'), other.has('c')]);
    expect(kept.reads - reads).toBe(1);
  });

  it('are all kept, although replicas end some at once', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((digest) => replica().add(digest, now + HOUR)));
    expect(Object.keys(kept.value?.data ?? {}).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are forgotten once they would have ended by themselves, and beyond two thousand those that soonest would', async () => {
    const one = replica();
    await one.add('brief', now + 1);
    now += 2;
    const data = Array.from({ length: 2_000 }, (_, index) => [`s${index}`, String(now + HOUR + index)]);
    kept.value = {
      metadata: { name: '', resourceVersion: '7' },
      data: Object.fromEntries(data) as Record<string, string>,
    };
    await one.add('late', now + 2 * HOUR);
    const left = Object.keys(kept.value.data ?? {});
    expect([left.length, left.includes('late'), left.includes('s0'), left.includes('s1')]).toEqual([
      2_000,
      true,
      false,
      true,
    ]);
    now += 2 * HOUR;
    await one.add('last', now + 1);
    expect(Object.keys(kept.value.data ?? {})).toEqual(['last']);
  });

  it('that cannot be kept or known are an error, and not nobody’s', async () => {
    const failing = { ...kept.client, get: () => Promise.reject(new Error('it does not answer')) };
    const deadline = (): AbortSignal => new AbortController().signal;
    const broken = new EndedSessions({ client: failing, namespace: '', now: () => now, deadline });
    for (let times = 0; times < 2; times += 1)
      await expect(broken.has('a')).rejects.toThrow('does not answer');
    await expect(broken.add('a', now + HOUR)).rejects.toThrow('does not answer');
  });
});
