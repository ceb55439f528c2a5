import { describe, expect, it } from 'vitest';
import { AnswerBook } from './answer-book.ts';

const ASKED = { method: 'GET', path: '/items' };

/** So many copies, each with a second answer of the old version. */
function filled(
  book: AnswerBook,
  times: number,
  [ofCopy, ofRepeat]: readonly [readonly string[], readonly string[]],
): void {
  for (let i = 0; i < times; i += 1) book.compared(ASKED, ofCopy, ofRepeat);
}

describe('what answers differ in', () => {
  it('is not counted before it is known what differs by itself', () => {
    const book = new AnswerBook();
    expect(book.wantsRepeat(0.99)).toBe(true);
    filled(book, 29, [['body /price'], []]);
    expect(book.isIdle).toBe(true);
    filled(book, 1, [['body /price'], []]);
    expect(book.take()).toMatchObject({
      copies: { trials: 1, events: 1 },
      repeats: { trials: 1, events: 0 },
    });
    expect([book.wantsRepeat(0.99), book.wantsRepeat(0.1)]).toEqual([false, true]);
  });

  it('is not held against a copy where the old version differs from itself as often', () => {
    const book = new AnswerBook();
    const noise = ['body /ts', 'header x-served-by'];
    filled(book, 200, [noise, noise]);
    const { copies, repeats, differences } = book.take();
    expect(copies).toEqual({ trials: 171, events: 0 });
    expect(repeats).toEqual({ trials: 171, events: 0 });
    expect(differences).toEqual([]);
  });

  it('counts where it is far more often than by itself, beside how often that is', () => {
    const book = new AnswerBook();
    for (let i = 0; i < 400; i += 1)
      book.compared(ASKED, ['body /price'], i % 50 === 0 ? ['body /price'] : []);
    const { copies, repeats } = book.take();
    expect(copies.events).toBe(copies.trials);
    expect(repeats.events / repeats.trials).toBeCloseTo(0.02, 1);
  });

  it('comes with examples, added up and bounded', () => {
    const book = new AnswerBook();
    filled(book, 30, [[], []]);
    for (let i = 0; i < 200; i += 1)
      book.compared({ method: 'GET', path: `/p${i % 100}` }, ['status'], undefined);
    const { differences } = book.take();
    expect(differences).toHaveLength(50);
    expect(differences[0]).toEqual({ method: 'GET', path: '/p0', field: 'status', count: 2 });
    expect(book.take()).toMatchObject({ copies: { trials: 0 }, differences: [] });
  });
});
