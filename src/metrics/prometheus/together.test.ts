import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gathering } from './gather.ts';
import { recent } from './recent.ts';
import { serverClock } from './server-clock.ts';
import { splitting } from './together.ts';

const signal = new AbortController().signal;

describe('many questions asked as one', () => {
  it('fail only where they are wrong, and cost few questions', async () => {
    const wrongs = fc.uniqueArray(fc.nat(127), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(wrongs, async (wrong) => {
        let questions = 0;
        const items = Array.from({ length: 128 }, (_, i) => i);
        const answerFor = splitting(items, {
          together: (some) => {
            questions += 1;
            const isWrong = some.some((item) => wrong.includes(item));
            return Promise.resolve(isWrong ? undefined : (item: number) => `good ${item}`);
          },
          alone: (item) => {
            questions += 1;
            return Promise.resolve(wrong.includes(item) ? 'bad' : `good ${item}`);
          },
        });
        const answers = await Promise.all(items.map(answerFor));
        expect(answers).toEqual(items.map((item) => (wrong.includes(item) ? 'bad' : `good ${item}`)));
        // Down to each wrong one, by halves, with the other half of each.
        expect(questions).toBeLessThanOrEqual(1 + 14 * wrong.length);
      }),
    );
  });

  it('do not wait for the slow one among them once it is by itself', async () => {
    const answerFor = splitting(['slow', 'a', 'b', 'c'], {
      together: (some) => Promise.resolve(some.includes('slow') ? undefined : (item: string) => item),
      alone: (item) => (item === 'slow' ? new Promise<string>(() => undefined) : Promise.resolve(item)),
    });
    expect(await Promise.all(['a', 'b', 'c'].map(answerFor))).toEqual(['a', 'b', 'c']);
  });
});

describe('questions of one moment', () => {
  it('go out together and, when equal, once', async () => {
    const asked: (readonly string[])[] = [];
    const ask = gathering<string, string>((items) => {
      asked.push(items);
      return (item) => Promise.resolve(`${item}!`);
    }, 5);
    const answers = await Promise.all([ask(['a', 'b'], signal), ask(['b', 'c'], signal), ask([], signal)]);
    expect(answers).toEqual([['a!', 'b!'], ['b!', 'c!'], []]);
    expect(asked).toEqual([['a', 'b', 'c']]);
    await ask(['d'], signal);
    expect(asked).toHaveLength(2);
  });

  it('are given up when nobody waits any more, and not before', async () => {
    let given: AbortSignal | undefined;
    const ask = gathering<string, string>((_, signal) => {
      given = signal;
      return () => new Promise(() => undefined);
    }, 0);
    const [one, other] = [new AbortController(), new AbortController()];
    const first = ask(['a'], one.signal);
    const second = ask(['a'], other.signal);
    await expect.poll(() => given).toBeDefined();
    one.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(given?.aborted).toBe(false);
    other.abort(new Error('enough of this too'));
    await expect(second).rejects.toThrow('enough of this too');
    expect(given?.aborted).toBe(true);
  });

  it('do not join those that were given up before they went out', async () => {
    const ask = gathering<string, string>(
      (_, signal) => (item) => {
        signal.throwIfAborted();
        return Promise.resolve(item);
      },
      20,
    );
    const patience = new AbortController();
    const first = ask(['a'], patience.signal);
    patience.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await ask(['b'], signal)).toEqual(['b']);
    await expect(ask(['c'], patience.signal)).rejects.toThrow('enough');
  });
});

describe('the server’s clock', () => {
  it('is asked once a minute, and again when ours were disturbed', async () => {
    let [steadyMs, wallMs, asked] = [1_000, 50_000, 0];
    const now = serverClock({ steadyMs: () => steadyMs, wallMs: () => wallMs });
    const ask = (): Promise<number> => {
      asked += 1;
      // The answer takes 10 ms and is of their middle.
      steadyMs += 10;
      wallMs += 10;
      return Promise.resolve(900_000 + steadyMs - 5);
    };
    expect(await now(ask)).toBe(901_010);
    [steadyMs, wallMs] = [steadyMs + 30_000, wallMs + 30_000];
    expect(await now(ask)).toBe(931_010);
    expect(asked).toBe(1);
    wallMs += 5_000;
    expect(await now(ask)).toBe(931_020);
    [steadyMs, wallMs] = [steadyMs + 61_000, wallMs + 61_000];
    expect(await now(ask)).toBe(992_030);
    expect(asked).toBe(3);
  });

  it('is unknown while the server does not say, and asked again', async () => {
    const now = serverClock({ steadyMs: () => 0, wallMs: () => 0 });
    const failure = { kind: 'failed', fault: 'source', reason: 'away' } as const;
    expect(await now(() => Promise.resolve(failure))).toBe(failure);
    expect(await now(() => Promise.resolve(5))).toBe(5);
  });
});

it('what was remembered longest ago is forgotten first', () => {
  const memory = recent<number>(2);
  memory.set('a', 1);
  memory.set('b', 2);
  memory.set('a', 3);
  memory.set('c', 4);
  expect(['a', 'b', 'c'].map((key) => memory.get(key))).toEqual([3, undefined, 4]);
});
