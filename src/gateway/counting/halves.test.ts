import { afterEach, describe, expect, it } from 'vitest';
import { RequestCounter } from './request-counter.ts';
import { halvesOf } from './halves.ts';
import { Upstream } from '../routing/upstream.ts';

let upstreams: Upstream[] = [];

afterEach(() => {
  for (const upstream of upstreams) upstream.remove();
});

function processes(count: number): Upstream[] {
  upstreams = Array.from(
    { length: count },
    (_, i) => new Upstream({ id: `process-${i}`, host: '127.0.0.1', port: 1 }),
  );
  return upstreams;
}

/** Which half each process is in. */
function division(salt: string, ends: readonly Upstream[]): readonly string[] {
  const pair = { salt, a: new RequestCounter(), b: new RequestCounter() };
  const halfOf = halvesOf(pair, ends);
  const request = { user: undefined, random: () => 0 };
  return ends.map((upstream) => (halfOf(upstream, request) === pair.a ? 'a' : 'b'));
}

const SALTS = Array.from({ length: 400 }, (_, i) => `run-${i}`);

describe('dividing a part in halves', () => {
  it.each([2, 3, 8, 9])('gives each half its part of %i processes', (count) => {
    const ends = processes(count);
    for (const salt of SALTS) {
      const inA = division(salt, ends).filter((half) => half === 'a').length;
      expect([Math.floor(count / 2), Math.ceil(count / 2)]).toContain(inA);
    }
  });

  it('does so alike in every worker, whatever the order of the processes', () => {
    const ends = processes(7);
    const reversed = [...ends].reverse();
    for (const salt of SALTS) expect([...division(salt, reversed)].reverse()).toEqual(division(salt, ends));
  });

  it('gives each process each half equally often, and each pair the same half as often as chance', () => {
    const ends = processes(3);
    const divisions = SALTS.map((salt) => division(salt, ends));
    for (let i = 0; i < 3; i += 1) {
      const inA = divisions.filter((halves) => halves[i] === 'a').length;
      const together = divisions.filter((halves) => halves[i] === halves[(i + 1) % 3]).length;
      // Six standard deviations.
      expect(Math.abs(inA - 200)).toBeLessThan(60);
      expect(Math.abs(together - 400 / 3)).toBeLessThan(60);
    }
  });

  it('divides the users of a single process, or its requests when users are not known', () => {
    const pair = { salt: 'run', a: new RequestCounter(), b: new RequestCounter() };
    const [only] = processes(1);
    const halfOf = halvesOf(pair, upstreams);
    if (only === undefined) throw new Error('there is one');
    const half = (user: number | undefined, fraction: number): RequestCounter =>
      halfOf(only, { user, random: () => fraction });
    const users = Array.from({ length: 400 }, (_, i) => half(i, 0));
    expect(users).toEqual(users.map((_, i) => half(i, 0.9)));
    expect(Math.abs(users.filter((one) => one === pair.a).length - 200)).toBeLessThan(60);
    expect(half(undefined, 0.49)).toBe(pair.a);
    expect(half(undefined, 0.5)).toBe(pair.b);
  });
});
