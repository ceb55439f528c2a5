import { expect, it } from 'vitest';
import { rowAfter, type Key } from './list-keys.ts';

function press(key: string, more: Partial<Key> = {}): Key {
  return { key, altKey: false, ctrlKey: false, metaKey: false, ...more };
}

it.each([
  ['the search into the first row', press('ArrowDown'), { from: -1, to: 0 }],
  ['a row to the next', press('ArrowDown'), { from: 3, to: 4 }],
  ['the last nowhere beyond', press('ArrowDown'), { from: 19, to: 19 }],
  ['the first back into the search', press('ArrowUp'), { from: 0, to: -1 }],
  ['a row over ten', press('PageDown'), { from: 3, to: 13 }],
  ['a row back over ten, not beyond the first', press('PageUp'), { from: 3, to: 0 }],
  ['a row to the first', press('Home'), { from: 7, to: 0 }],
  ['a row to the last', press('End'), { from: 7, to: 19 }],
])('leads from %s', (_, key, { from, to }) => {
  expect(rowAfter(20, from, key)).toBe(to);
});

it.each([
  ['in the search, what moves its cursor', -1, press('Home')],
  ['other keys', 3, press('a')],
  ['the name of something every object has', 3, press('constructor')],
  ['what is meant for the browser', 3, press('ArrowDown', { altKey: true })],
])('leaves %s alone', (_, at, key) => {
  expect(rowAfter(20, at, key)).toBeUndefined();
});

it('leads nowhere where there are no rows', () => {
  expect(rowAfter(0, -1, press('ArrowDown'))).toBeUndefined();
});
