import { expect, test } from 'vitest';
import { parseMemorySize } from './memory-size.ts';

test.each([
  ['512Mi', 536_870_912],
  ['1.5Gi', 1_610_612_736],
  ['2G', 2_000_000_000],
  ['64k', 64_000],
  ['100', 100],
  ['', undefined],
  ['512MB', undefined],
  ['-1Mi', undefined],
  ['99999999999999Gi', undefined],
])('%s is %s bytes', (text, bytes) => {
  expect(parseMemorySize(text)).toBe(bytes);
});
