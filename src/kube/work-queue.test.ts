import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkQueue } from './work-queue.ts';

const SOON = { timeout: 30_000, interval: 5 };

describe('a queue', () => {
  let ending: AbortController;
  let turns: string[];
  let running: Promise<void>;

  beforeEach(() => {
    ending = new AbortController();
    turns = [];
    running = Promise.resolve();
  });
  afterEach(async () => {
    ending.abort();
    await running;
  });

  function start(
    work: (key: string) => Promise<number | undefined> | number | undefined,
    atOnce = 1,
  ): WorkQueue {
    const queue = new WorkQueue({
      work: async (key) => {
        turns.push(key);
        return work(key);
      },
      atOnce,
      backoff: { firstMs: 1, longestMs: 4 },
    });
    running = queue.run(ending.signal);
    return queue;
  }
  const haveHad = (expected: readonly string[]): Promise<void> =>
    vi.waitFor(() => {
      expect(turns).toEqual(expected);
    }, SOON);

  it('gives a key that was added many times one turn, in the order of the first times', async () => {
    const queue = new WorkQueue({ work: (key) => (turns.push(key), Promise.resolve(undefined)) });
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.waiting).toBe(3);
    running = queue.run(ending.signal);
    await haveHad(['a', 'b', 'c']);
  });

  it('gives a key that is added during its turn one more, never two at a time', async () => {
    const ends = new Map<string, () => void>();
    const end = (key: string): void => {
      ends.get(key)?.();
    };
    const queue = start(
      (key) =>
        new Promise((resolve) => {
          ends.set(key, () => {
            resolve(undefined);
          });
        }),
      4,
    );
    for (const key of ['a', 'a', 'b', 'a']) queue.add(key);
    await haveHad(['a', 'b']);
    end('b');
    expect(turns).toEqual(['a', 'b']);
    end('a');
    await haveHad(['a', 'b', 'a']);
    end('a');
    queue.add('c');
    await haveHad(['a', 'b', 'a', 'c']);
    end('c');
  });

  it('does work again when it says so, and after failures, until it goes well', async () => {
    const failures: string[] = [];
    let left = 3;
    const queue = new WorkQueue({
      work: (key) => {
        turns.push(key);
        left -= 1;
        if (left > 0) throw new Error(`${left} left`);
        return Promise.resolve(left === 0 ? 1 : undefined);
      },
      backoff: { firstMs: 1, longestMs: 4 },
      onFailure: (_, error) => failures.push(String(error)),
    });
    running = queue.run(ending.signal);
    queue.add('a');
    await haveHad(['a', 'a', 'a', 'a']);
    expect(failures).toEqual(['Error: 2 left', 'Error: 1 left']);
  });

  it('keeps the earliest of several later turns, and none for a key that is forgotten', async () => {
    const queue = start(() => undefined);
    queue.addAfter('late', 600_000);
    queue.addAfter('late', 1);
    queue.addAfter('late', 600_000);
    queue.addAfter('gone', 5);
    queue.forget('gone');
    queue.addAfter('last', 20);
    await haveHad(['late', 'last']);
  });

  it('ends when the work that is under way has ended, and begins no more', async () => {
    let end = (): void => undefined;
    const queue = start(
      () =>
        new Promise(
          (resolve) =>
            (end = () => {
              resolve(1);
            }),
        ),
    );
    queue.add('a');
    queue.add('b');
    ending.abort();
    let hasEnded = false;
    void running.then(() => (hasEnded = true));
    await Promise.resolve();
    expect(hasEnded).toBe(false);
    end();
    await running;
    expect(turns).toEqual(['a']);
  });
});
