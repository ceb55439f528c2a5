import fc from 'fast-check';
import { expect, it } from 'vitest';
import { closest } from './closest.ts';

const FIELDS = ['replicas', 'command', 'ready', 'restart', 'env'];

it.each([
  ['replica', 'replicas'],
  ['Replicas', 'replicas'],
  ['comand', 'command'],
  ['reddy', 'ready'],
  ['restrat', 'restart'],
  ['evn', undefined],
  ['en', 'env'],
  ['image', undefined],
  ['', undefined],
])('what was meant by %j is %j', (word, expected) => {
  expect(closest(word, FIELDS)).toBe(expected);
});

it('finds nothing among nothing', () => {
  expect(closest('env', [])).toBeUndefined();
});

it('finds a word that is there, and only ever one of the candidates', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (words, pick) => {
      const word = words[pick % words.length] ?? '';
      expect(closest(word, words)?.toLowerCase()).toBe(word.toLowerCase());
    }),
  );
});
