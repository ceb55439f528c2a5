import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { deadEndpoint, named, part, proxyFixture, route, send } from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import { exposition } from '../counting/exposition.ts';
import { Totals } from '../counting/totals.ts';
import { Upstream } from './upstream.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

const eject = { after: 3, forMs: 1_000 };

function endpoints(count: number): Upstream[] {
  return Array.from({ length: count }, (_, i) => new Upstream({ id: `e${i}`, host: '127.0.0.1', port: 1 }));
}

/** Fails so many times at one moment; true when that was too often. */
function fail(one: Upstream, siblings: readonly Upstream[], { times = 1, nowMs = 0 }): boolean {
  let isOut = false;
  for (let i = 0; i < times; i += 1) isOut = one.failed({ eject, siblings, nowMs });
  return isOut;
}

describe('a process that fails again and again', () => {
  it('is left out after so many failures in a row, for so long', () => {
    const [one, ...others] = endpoints(2) as [Upstream, ...Upstream[]];
    const all = [one, ...others];
    expect(fail(one, all, { times: 2 })).toBe(false);
    expect(fail(one, all, {})).toBe(true);
    expect([0, 999, 1_000].map((ms) => one.isSuspect(ms))).toEqual([true, true, false]);
  });

  it('is not left out when something succeeds in between', () => {
    const all = endpoints(2);
    const [one] = all as [Upstream];
    for (let i = 0; i < 10; i += 1) {
      expect(fail(one, all, { times: 2 })).toBe(false);
      one.succeeded();
    }
  });

  it('is left out longer each time it fails at once again, ten times as long at most', () => {
    const all = endpoints(2);
    const [one] = all as [Upstream];
    fail(one, all, { times: 2 });
    let nowMs = 0;
    for (const times of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10]) {
      expect(fail(one, all, { nowMs })).toBe(true);
      expect(one.isEjected(nowMs + times * 1_000 - 1)).toBe(true);
      nowMs += times * 1_000;
      expect(one.isEjected(nowMs)).toBe(false);
    }
    one.succeeded();
    expect(fail(one, all, { times: 2, nowMs })).toBe(false);
    expect(fail(one, all, { nowMs })).toBe(true);
    expect(one.isEjected(nowMs + 1_000)).toBe(false);
  });

  it('hears nothing new from requests that were sent before', () => {
    const all = endpoints(2);
    const [one] = all as [Upstream];
    fail(one, all, { times: 3 });
    expect(fail(one, all, { times: 50, nowMs: 500 })).toBe(false);
    expect(one.isEjected(1_000)).toBe(false);
  });

  it.each([
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [9, 4],
  ])('of %i is one of at most %i that are left out at once', (count, most) => {
    const all = endpoints(count);
    for (const one of all) fail(one, all, { times: 20 });
    expect(all.filter((one) => one.isEjected(0))).toHaveLength(most);
  });
});

describe('the gateway', () => {
  const broken: RequestListener = (_req, res) => void res.writeHead(500).end();
  const reset: RequestListener = (_req, res) => void res.socket?.resetAndDestroy();

  it.each([
    ['answers 5xx', 3, () => upstream(broken).then(({ endpoint }) => endpoint)],
    ['breaks off', 3, () => upstream(reset).then(({ endpoint }) => endpoint)],
    // It is tried rarely anyhow, once a second.
    ['does not listen', 1, deadEndpoint],
  ])('sends no more to a process that %s, and counts that it was left out', async (...[, after, bad]) => {
    const good = await upstream(named('good'));
    const started = await proxy([route([await bad(), good.endpoint], { eject: { after, forMs: 60_000 } })]);
    for (let i = 0; i < 60; i += 1) await send(started.port);
    const counted = started.counted();
    expect(counted).toMatchObject([{ ejections: 1 }]);
    const answers = await Promise.all(Array.from({ length: 30 }, () => send(started.port)));
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => 'good'));

    const totals = new Totals();
    for (const delta of counted) totals.add(delta);
    const text = exposition(
      totals.read(() => 0),
      { configVersion: 1, workers: 1, restarts: 0 },
    );
    expect(text).toMatch(/^coalmine_gateway_ejections_total\{rollout="shop",track="stable",[^}]*\} 1$/m);
    expect(text).toMatch(/^coalmine_gateway_retries_total\{rollout="shop",track="stable",[^}]*\} 0$/m);
  });

  it('never moves users to another track for it', async () => {
    const [bad, good] = [await upstream(broken), await upstream(named('good'))];
    const parts = [
      part('stable', FULL_SHARE / 2, [good.endpoint]),
      part('canary', FULL_SHARE / 2, [bad.endpoint]),
    ];
    const started = await proxy([route([], { parts, eject: { after: 1, forMs: 60_000 } })]);
    await Promise.all(Array.from({ length: 100 }, () => send(started.port)));
    const canary = started.counted().find(({ track }) => track === 'canary');
    expect(canary?.requests).toBeGreaterThan(20);
    expect(canary).toMatchObject({ errors: canary?.requests, ejections: 0 });
  });

  it('leaves nobody out where the route does not ask for it', async () => {
    const [bad, good] = [await upstream(broken), await upstream(named('good'))];
    const started = await proxy([route([bad.endpoint, good.endpoint])]);
    for (let i = 0; i < 40; i += 1) await send(started.port);
    expect(started.counted()).toMatchObject([{ ejections: 0 }]);
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(started.port)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 500]));
  });
});
