import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { part, route } from '../../../test/proxy.ts';
import { bucketOf, quantileOf } from '../../analysis/measurement.ts';
import { FULL_SHARE } from '../../base/share.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { exposition } from './exposition.ts';
import { PartCounter } from './part-counter.ts';
import type { GatewayConfig } from '../protocol.ts';
import { Totals } from './totals.ts';

function configWith(revision: string, rollout = 'shop'): GatewayConfig {
  const stable = { ...part('stable', FULL_SHARE, []), revision: revision as RevisionId };
  return { version: 1, listen: [], routes: [route([], { rollout, parts: [stable] })] };
}

function counter(revision = 'r1-a', rollout = 'shop'): PartCounter {
  return new PartCounter(rollout, { track: 'stable', revision: revision as RevisionId });
}

const nobody = (): number => 0;

describe('counting in a worker', () => {
  it('tells nothing when nothing happened', () => {
    const idle = counter();
    expect(idle.takeDelta()).toBeUndefined();
    idle.active += 1;
    expect(idle.takeDelta()).toMatchObject({ active: 1, requests: 0 });
    expect(idle.takeDelta()).toBeUndefined();
  });

  it('tells everything exactly once, whenever it is asked', () => {
    const request = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      ms: fc.double({ min: 0, max: 1e9, noNaN: true }),
      ask: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(request), (requests) => {
        const one = counter();
        const totals = new Totals();
        const report = (): void => {
          const delta = one.takeDelta();
          if (delta !== undefined) totals.add(delta);
        };
        for (const { status, ms, ask } of requests) {
          one.answered(status, ms);
          if (ask) report();
        }
        report();
        const total = totals.read(nobody)[0];
        expect(total?.requests ?? 0).toBe(requests.length);
        expect(total?.errors ?? 0).toBe(requests.filter(({ status }) => status >= 500).length);
        expect((total?.codes ?? []).reduce((sum, count) => sum + count, 0)).toBe(requests.length);
        expect((total?.latency ?? []).reduce((sum, [, count]) => sum + count, 0)).toBe(requests.length);
      }),
    );
  });

  it('keeps a latency to its bucket', () => {
    const one = counter();
    one.answered(200, 123.4);
    const latency = one.takeDelta()?.latency ?? [];
    expect(latency).toEqual([[bucketOf(123.4), 1]]);
    expect(quantileOf(latency, 0.5)).toBeGreaterThanOrEqual(123.4);
  });

  it('counts the requests of a match apart, of all workers', () => {
    const totals = new Totals();
    for (const one of [counter(), counter()]) {
      one.answered(200, 1, { user: 7 });
      one.answered(500, 1, { user: 8, isMatched: true });
      const delta = one.takeDelta();
      if (delta !== undefined) totals.add(delta);
    }
    expect(totals.read(nobody)[0]).toMatchObject({
      requests: 4,
      errors: 2,
      users: { seen: 2, failed: 0 },
      matched: { requests: 2, errors: 2, users: { seen: 2, failed: 2 } },
    });
  });

  it('tells apart whose fault it was', () => {
    const one = counter();
    one.brokenOff(1);
    one.abandoned(1);
    one.answered(499, 1);
    one.connectFailed();
    expect(one.takeDelta()).toMatchObject({
      requests: 3,
      errors: 1,
      codes: [0, 0, 1, 1, 1, 0],
      connectFailures: 1,
    });
  });
});

describe('the totals', () => {
  it('show zeros for what is served and has had no request', () => {
    const totals = new Totals();
    totals.serve(configWith('r1-a'));
    expect(totals.read(nobody)).toMatchObject([
      { revision: 'r1-a', current: true, requests: 0, latency: [] },
    ]);
  });

  it('keep a revision that is served no more, and its late requests', () => {
    const totals = new Totals();
    totals.serve(configWith('r1-a'));
    totals.serve(configWith('r1-b'));
    const late = counter('r1-a');
    late.answered(200, 1);
    const delta = late.takeDelta();
    if (delta !== undefined) totals.add(delta);
    const read = totals
      .read(nobody)
      .map(({ revision, current, requests }) => ({ revision, current, requests }));
    expect(read).toContainEqual({ revision: 'r1-a', current: false, requests: 1 });
    expect(read).toContainEqual({ revision: 'r1-b', current: true, requests: 0 });
  });

  it('do not grow for ever, and never forget what is served', () => {
    const totals = new Totals();
    for (let i = 0; i < 100; i += 1) totals.serve(configWith(`r1-${i}`));
    totals.serve(configWith('r1-0'));
    const revisions = totals.read(nobody).map(({ revision }) => revision);
    expect(revisions.length).toBeLessThan(20);
    expect(revisions).toContain('r1-0');
  });

  it('forget a Rollout that is gone', () => {
    const totals = new Totals();
    totals.serve(configWith('r1-a', 'old'));
    totals.serve(configWith('r1-a', 'new'));
    expect(totals.read(nobody).map(({ rollout }) => rollout)).toEqual(['new']);
  });
});

describe('the totals of halves', () => {
  const divided = (salt?: string): GatewayConfig => {
    const [shop] = configWith('r1-a').routes;
    const halves = salt === undefined ? {} : { halves: { salt } };
    return {
      version: 1,
      listen: [],
      routes:
        shop === undefined ? [] : [{ ...shop, parts: shop.parts.map((one) => ({ ...one, ...halves })) }],
    };
  };
  const counting = (salt: string): PartCounter => {
    const one = counter();
    const half = one.divide(salt)?.b;
    one.answered(200, 1, { half });
    one.answered(500, 1, { half, user: 7 });
    return one;
  };

  it('belong to the newest salt alone', () => {
    const totals = new Totals();
    totals.serve(divided('one'));
    for (const salt of ['one', 'two', 'one']) {
      const delta = counting(salt).takeDelta();
      if (delta !== undefined) totals.add(delta);
    }
    const [served] = totals.read(nobody);
    expect(served?.halves).toMatchObject({
      salt: 'one',
      a: { requests: 0 },
      b: { requests: 4, errors: 2, users: { seen: 2, failed: 2 } },
    });
    expect(served).toMatchObject({ requests: 6, errors: 3 });
    totals.serve(divided('two'));
    expect(totals.read(nobody)[0]?.halves).toMatchObject({ salt: 'two', b: { requests: 0 } });
    totals.serve(divided());
    expect(totals.read(nobody)[0]).not.toHaveProperty('halves');
  });

  it('are shown to Prometheus while they are counted, as are users and assignments', () => {
    const totals = new Totals();
    totals.serve(divided('one'));
    const one = counting('one');
    one.assigned();
    const delta = one.takeDelta();
    if (delta !== undefined) totals.add(delta);
    const text = exposition(totals.read(nobody), { configVersion: 1, workers: 1, restarts: 0 });
    const who = 'rollout="shop",track="stable",revision="r1-a"';
    expect(text).toContain(`coalmine_gateway_half_requests_total{${who},half="b"} 2\n`);
    expect(text).toContain(`coalmine_gateway_half_errors_total{${who},half="b"} 1\n`);
    expect(text).toContain(`coalmine_gateway_assigned_total{${who}} 1\n`);
    expect(text).toContain(`coalmine_gateway_users_seen_total{${who}} 1\n`);
    expect(text).toContain(`coalmine_gateway_users_failed_total{${who}} 1\n`);
  });
});

describe('the totals of copies', () => {
  it('are those of all workers, and Prometheus sees why requests were not copied', () => {
    const totals = new Totals();
    for (const reason of ['busy', 'large'] as const) {
      const one = counter();
      one.answered(500, 20);
      one.copying().originals.record(10, false, undefined);
      one.copying().drop(reason);
      totals.add(one.takeDelta()!);
      expect(one.takeDelta()).toBeUndefined();
    }
    const tracks = totals.read(nobody);
    expect(tracks[0]?.copies?.originals).toEqual({ requests: 2, errors: 0, latency: [[bucketOf(10), 2]] });
    expect(tracks[0]).toMatchObject({ requests: 2, errors: 2 });
    const text = exposition(tracks, { configVersion: 1, workers: 1, restarts: 0 });
    const who = 'rollout="shop",track="stable",revision="r1-a"';
    expect(text).toContain(`coalmine_gateway_copies_dropped_total{${who},reason="large"} 1\n`);
    expect(text).toContain(`coalmine_gateway_copies_dropped_total{${who},reason="unserved"} 0\n`);
    expect(text).not.toContain('answers_compared_total{');
  });

  it('show how many answers differed, and forget in what when the mirror is served anew', () => {
    const totals = new Totals();
    totals.serve(configWith('r1-a'));
    const one = counter();
    for (let i = 0; i < 40; i += 1) one.copying().book.compared({ method: 'GET', path: '/' }, ['status'], []);
    totals.add(one.takeDelta()!);
    const who = 'rollout="shop",track="stable",revision="r1-a"';
    const text = exposition(totals.read(nobody), { configVersion: 1, workers: 1, restarts: 0 });
    expect(text).toContain(`coalmine_gateway_answers_compared_total{${who},of="copies"} 11\n`);
    expect(text).toContain(`coalmine_gateway_answers_differed_total{${who},of="copies"} 11\n`);
    expect(text).toContain(`coalmine_gateway_answers_differed_total{${who},of="repeats"} 0\n`);
    const differences = (): unknown =>
      totals.read(nobody).find(({ revision }) => revision === 'r1-a')?.copies?.compared?.differences;
    expect(differences()).toEqual([{ method: 'GET', path: '/', field: 'status', count: 11 }]);
    totals.serve(configWith('r1-a'));
    expect(differences()).toHaveLength(1);
    totals.serve(configWith('r1-b'));
    totals.serve(configWith('r1-a'));
    expect(differences()).toEqual([]);
  });
});

describe('a worker of an earlier version', () => {
  it('is added all the same', () => {
    const totals = new Totals();
    const delta = {
      ...counter().takeDelta(),
      rollout: 'shop',
      track: 'stable' as const,
      revision: 'r1-a' as RevisionId,
    };
    totals.add({
      requests: 3,
      errors: 1,
      codes: [2, 0, 0, 1, 0, 0],
      latency: [[0, 3]],
      latencySumMs: 3,
      connectFailures: 0,
      active: 0,
      ...delta,
    });
    expect(totals.read(nobody)[0]).toMatchObject({ requests: 3, assigned: 0 });
    expect(totals.read(nobody)[0]).not.toHaveProperty('users');
  });
});

describe('the Prometheus text', () => {
  it('has exact cumulative buckets at powers of two', () => {
    const one = counter();
    for (const ms of [0.5, 1, 1.5, 3, 3, 100_000]) one.answered(200, ms);
    const totals = new Totals();
    const delta = one.takeDelta();
    if (delta !== undefined) totals.add(delta);
    const text = exposition(totals.read(nobody), { configVersion: 1, workers: 1, restarts: 0 });
    const bucket = (le: string): string | undefined =>
      new RegExp(`_bucket\\{.*le="${le}"\\} (\\d+)`).exec(text)?.[1];
    expect(['0.001', '0.002', '0.004', '32.768', '\\+Inf'].map(bucket)).toEqual(['2', '3', '5', '5', '6']);
    expect(text).toMatch(/_duration_seconds_count\{.*\} 6\n/);
    expect(text).toMatch(/\n$/);
  });

  it('escapes what would break a label', () => {
    const totals = new Totals();
    totals.serve(configWith('r1-a', 'a"b\\c\nd'));
    const text = exposition(totals.read(nobody), { configVersion: 1, workers: 1, restarts: 0 });
    expect(text).toContain('rollout="a\\"b\\\\c\\nd"');
  });

  it('has only lines a scraper understands', () => {
    const totals = new Totals();
    totals.serve(configWith('r1-a'));
    const lines = exposition(totals.read(nobody), { configVersion: 1, workers: 1, restarts: 0 })
      .trimEnd()
      .split('\n');
    const sample = /^coalmine_gateway_[a-z_]+(\{([a-z_]+="[^"\n]*",?)*\})? [0-9.e+-]+$/;
    for (const line of lines)
      expect(line).toMatch(line.startsWith('#') ? /^# (HELP|TYPE) coalmine_gateway_\w+ / : sample);
  });
});
