import { describe, expect, it } from 'vitest';
import { merge } from './merge.ts';

async function* numbers(...values: readonly number[]): AsyncIterable<number> {
  for (const value of values) yield await Promise.resolve(value);
}

describe('merge', () => {
  it('gives every item of every source, each source in its order', async () => {
    const got: number[] = [];
    for await (const item of merge([numbers(1, 2, 3), numbers(), numbers(10, 20)])) got.push(item);
    expect([...got].sort((a, b) => a - b)).toEqual([1, 2, 3, 10, 20]);
    expect(got.filter((item) => item < 10)).toEqual([1, 2, 3]);
  });

  it('ends its sources when the reader leaves early', async () => {
    let isEnded = false;
    async function* endless(): AsyncIterable<number> {
      try {
        for (;;) yield await Promise.resolve(1);
      } finally {
        isEnded = true;
      }
    }
    for await (const item of merge([endless()])) if (item === 1) break;
    expect(isEnded).toBe(true);
  });

  it('fails with the first source that fails', async () => {
    async function* failing(): AsyncIterable<number> {
      yield await Promise.reject<number>(new Error('gone'));
    }
    await expect(async () => {
      for await (const item of merge([failing()])) expect(item).toBeUndefined();
    }).rejects.toThrow('gone');
  });
});
