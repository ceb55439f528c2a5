import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemPath, keyPath, parsePath } from './path.ts';

test('a path is read back as it was made', () => {
  const segment = fc.oneof(fc.string({ minLength: 1 }), fc.nat(999_999_999));
  fc.assert(
    fc.property(fc.array(segment), (segments) => {
      const path = segments.reduce<string>(
        (before, one) => (typeof one === 'number' ? itemPath(before, one) : keyPath(before, one)),
        '',
      );
      expect(parsePath(path)).toEqual(segments);
    }),
  );
});

test.each(['a..b', 'a[', 'a[b]', 'a["b]', 'a b', '['])('%s is not a path', (text) => {
  expect(parsePath(text)).toBeUndefined();
});
