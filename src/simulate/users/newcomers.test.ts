import { expect, it } from 'vitest';
import { Newcomers, touchedShare } from './newcomers.ts';
import { randomFrom } from '../random.ts';

function crowd(seed: number, count?: number): Newcomers {
  const habits = { requestsEach: 10, ...(count === undefined ? {} : { count }) };
  return new Newcomers({ rollout: 'shop', habits, random: randomFrom(seed) });
}

it('meets each of so many users once, and nobody else', () => {
  const users = crowd(1, 500);
  const hashes = new Set<number>();
  for (let round = 0; round < 100; round += 1) {
    for (let left = users.among(1_000, '1'); left > 0; left -= 1) hashes.add(users.next('1').hash);
  }
  expect(hashes.size).toBe(500);
  expect(users.among(1_000, '1')).toBe(0);
});

it('finds a user at the same point in one experiment, and at another in the next', () => {
  const points = [crowd(1, 50), crowd(1, 50)].map((users) => {
    users.among(1, 'a');
    return Array.from({ length: 5 }, () => users.next('1').point);
  });
  expect(points[0]).toEqual(points[1]);
  const again = crowd(1, 50);
  again.among(1, 'b');
  expect(Array.from({ length: 5 }, () => again.next('2').point)).not.toEqual(points[0]);
});

it('has always others where nobody says how many there are', () => {
  const users = crowd(2);
  users.among(1, 'a');
  const first = users.next('1').hash;
  users.among(1, 'b');
  expect(users.next('2').hash).not.toBe(first);
});

it('touches no user by what touches no request, and more users than requests by the rest', () => {
  const habits = { requestsEach: 10 };
  expect(touchedShare(0, habits)).toBeCloseTo(0, 12);
  expect(touchedShare(1, habits)).toBe(1);
  expect(touchedShare(0.01, habits)).toBeGreaterThan(0.08);
  expect(touchedShare(0.01, { requestsEach: 1 })).toBeCloseTo(0.01, 12);
});
