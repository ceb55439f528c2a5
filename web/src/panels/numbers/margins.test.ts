import { expect, it } from 'vitest';
import { marginsIn } from './margins.ts';

it('reads the limits of checks that are ratios to stable', () => {
  const checks = [
    { name: 'errors', errors: {}, worseBy: '50%', safe: '2x' },
    { name: 'latency', latency: {}, worseBy: '3%', safe: '250ms' },
    { name: 'orders', worseBy: '25%', worse: 'lower' },
    { name: 'availability', slo: '99.9%' },
    { name: 'lag', max: 1_000 },
  ];
  expect(marginsIn({ spec: { analysis: { checks } } })).toEqual(
    new Map([
      ['errors', { limit: 1.5, safe: 2 }],
      ['latency', { limit: 1.03 }],
      ['orders', { limit: 0.8 }],
      ['availability', { limit: 1 }],
      ['lag', {}],
    ]),
  );
});

it.each([
  [{}],
  [{ spec: null }],
  [{ spec: { analysis: [] } }],
  [{ spec: { analysis: { checks: 'errors' } } }],
  [{ spec: { analysis: { checks: [null, { errors: {} }] } } }],
])('knows none in %j', (document) => {
  expect(marginsIn(document)).toEqual(new Map());
});
