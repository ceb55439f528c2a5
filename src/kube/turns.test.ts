import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const FOR_EVER = new AbortController().signal;

/** Work that is under way until it is told to end. */
function aTask(begun: string[], name: string) {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async (): Promise<void> => {
    begun.push(name);
    await ended;
  };
  return { work, end: () => (end(), new Promise((resolve) => setImmediate(resolve))) };
}

describe('turns', () => {
  it('are had by what matters most, then by who has waited longest, and never by too many at once', async () => {
    const begun: string[] = [];
    const turns = new Turns(1);
    const names = ['first', 'told', 'usual', 'urgent', 'later'];
    const ranks = [1, 2, 1, 0, 1];
    const tasks = names.map((name) => aTask(begun, name));
    const all = tasks.map(({ work }, i) => turns.do(work, { rank: ranks[i] ?? 0, signal: FOR_EVER }));
    const order = [0, 3, 2, 4, 1];
    for (const [done, i] of order.entries()) {
      expect(begun).toEqual(order.slice(0, done + 1).map((one) => names[one]));
      await tasks[i]?.end();
    }
    await Promise.all(all);
  });

  it('are given up by who cannot wait any more', async () => {
    const begun: string[] = [];
    const turns = new Turns(1);
    const [first, late, next] = ['first', 'late', 'next'].map((name) => aTask(begun, name));
    if (first === undefined || late === undefined || next === undefined) throw new Error('three were made');
    const done = turns.do(first.work, { rank: 0, signal: FOR_EVER });
    const giving = new AbortController();
    const refused = turns.do(late.work, { rank: 0, signal: giving.signal });
    const after = turns.do(next.work, { rank: 0, signal: FOR_EVER });
    giving.abort(new Error('too late'));
    await expect(refused).rejects.toThrow('too late');
    await first.end();
    await next.end();
    await Promise.all([done, after]);
    expect(begun).toEqual(['first', 'next']);
  });

  it('come to all in the end, however much there is that matters more', async () => {
    const turns = new Turns(1);
    let isOver = false;
    const urgent = async (): Promise<void> => {
      while (!isOver) await turns.do(soon, { rank: 0, signal: FOR_EVER });
    };
    const many = [urgent(), urgent()];
    await Promise.all([1, 2].map((rank) => turns.do(soon, { rank, signal: FOR_EVER })));
    isOver = true;
    await Promise.all(many);
  });
});

function soon(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
