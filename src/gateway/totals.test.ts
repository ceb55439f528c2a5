import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { part, route } from '../../test/proxy.ts';
import { bucketOf, quantileOf } from '../analysis/measurement.ts';
import { FULL_SHARE } from '../base/share.ts';
import type { RevisionId } from '../rollout/model.ts';
import { exposition } from './exposition.ts';
import { PartCounter } from './part-counter.ts';
import type { GatewayConfig } from './protocol.ts';
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

  it('tells apart whose fault it was', () => {
    const one = counter();
    one.brokenOff(1);
    one.abandoned(1);
    one.answered(499, 1);
    one.connectFailed();
    expect(one.takeDelta()).toMatchObject({
      requests: 3,
      errors: 1,
      codes: [0, 0, 1, 1, 1],
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
