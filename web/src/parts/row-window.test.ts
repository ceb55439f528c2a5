import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowsInView } from './row-window.ts';

const VIEWS = fc.record({
  above: fc.integer({ min: -5_000, max: 200_000 }),
  height: fc.integer({ min: 1, max: 5_000 }),
  rowHeight: fc.integer({ min: 20, max: 200 }),
  count: fc.integer({ min: 0, max: 3_000 }),
});

it('draws every row of which a part is seen', () => {
  fc.assert(
    fc.property(VIEWS, (view) => {
      const [from, to] = rowsInView(view);
      for (let row = 0; row < view.count; row += 1) {
        const top = row * view.rowHeight;
        const isSeen = top < view.above + view.height && top + view.rowHeight > view.above;
        if (isSeen && (row < from || row >= to)) return false;
      }
      return true;
    }),
  );
});

it('draws no more rows than fit and a few, and none that is not there', () => {
  fc.assert(
    fc.property(VIEWS, (view) => {
      const [from, to] = rowsInView(view);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(to).toBeLessThanOrEqual(view.count);
      expect(to - from).toBeGreaterThanOrEqual(0);
      expect(to - from).toBeLessThanOrEqual(view.height / view.rowHeight + 18);
    }),
  );
});
