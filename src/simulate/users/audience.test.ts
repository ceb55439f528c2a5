import { expect, it } from 'vitest';
import type { Match } from '../../rollout/match.ts';
import type { Share } from '../../base/share.ts';
import { shareOf } from './audience.ts';

const beta: Match = [{ header: { name: 'X-Beta', exact: '1' } }];

it('is of as many requests as are said to say what a match asks for, else of one in a hundred', () => {
  expect(shareOf(beta, [])).toBeCloseTo(0.01);
  expect(shareOf(beta, [{ of: 'header', name: 'x-beta', share: 0.2 }])).toBeCloseTo(0.2);
  expect(shareOf(beta, [{ of: 'header', name: 'x-beta', value: '2', share: 0.2 }])).toBeCloseTo(0.01);
  expect(shareOf(beta, [{ of: 'cookie', name: 'x-beta', share: 0.2 }])).toBeCloseTo(0.01);
});

it('knows shares of users, what is not there, several at once and alternatives', () => {
  const said = [
    { of: 'header', name: 'x-beta', share: 0.2 },
    { of: 'path', value: '/shop', share: 0.5 },
  ] as const;
  expect(shareOf([{ user: 2_000 as Share }], said)).toBeCloseTo(0.02);
  expect(shareOf([{ header: { name: 'x-beta', present: false } }], said)).toBeCloseTo(0.8);
  const both = [{ header: { name: 'x-beta', exact: '1' }, path: { prefix: '/shop' } }];
  expect(shareOf(both, said)).toBeCloseTo(0.1);
  expect(shareOf([...both, { user: 50_000 as Share }], said)).toBeCloseTo(0.55);
});
