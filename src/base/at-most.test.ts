import { expect, it } from 'vitest';
import { atMost } from './at-most.ts';

/** Work that ends when it is told to. */
class Work {
  readonly began: number[] = [];
  readonly #ends = new Map<number, () => void>();

  readonly of = (id: number) => (): Promise<number> => {
    this.began.push(id);
    return new Promise((resolve, reject) => {
      this.#ends.set(id, () => {
        if (id === 2) reject(new Error('2 fails'));
        else resolve(id);
      });
    });
  };

  end(id: number): void {
    this.#ends.get(id)?.();
  }
}

it('does so much at once, the rest in its turn, and refuses what would wait too long', async () => {
  const limited = atMost({ of: 'builds', running: 2, waiting: 2 });
  const work = new Work();
  const all = [1, 2, 3, 4].map((id) => limited(work.of(id)));
  await expect(limited(work.of(5))).rejects.toMatchObject({
    code: 'tooMany',
    message: '4 builds are going on or wait already',
  });
  expect(work.began).toEqual([1, 2]);
  work.end(2);
  await expect(all[1]).rejects.toThrow('2 fails');
  expect(work.began).toEqual([1, 2, 3]);
  work.end(1);
  await all[0];
  work.end(3);
  await all[2];
  work.end(4);
  await all[3];
  expect(work.began).toEqual([1, 2, 3, 4]);
  const later = limited(work.of(6));
  work.end(6);
  expect(await later).toBe(6);
});
