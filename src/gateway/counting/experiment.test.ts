import { afterEach, describe, expect, it } from 'vitest';
import { named, part, proxyFixture, route, send } from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import type { Harm, Unit } from '../../rollout/experiment.ts';
import { hashOf } from '../routing/assign.ts';
import { ExperimentUsers } from './experiment-users.ts';
import type { CounterDelta, GatewayRoute } from '../protocol.ts';
import { Totals } from './totals.ts';
import { markOf, UserMarks } from './user-marks.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

const UID: Unit = { from: 'cookie', name: 'uid' };
const ORDERS = { method: 'POST', path: '/orders', status: 2 };

async function experiment(unit: Unit, more: Partial<GatewayRoute> = {}) {
  const [blue, green] = await Promise.all([upstream(named('blue')), upstream(named('green'))]);
  const parts = [
    part('stable', FULL_SHARE / 2, [blue.endpoint]),
    part('variant:green', FULL_SHARE / 2, [green.endpoint]),
  ];
  const wanted = route([], { parts, experiment: { id: '7', unit, conversion: ORDERS }, ...more });
  return { ...(await proxy([wanted])), wanted, green };
}

/** What all workers together would have told, after these deltas. */
function totalsOf(wanted: GatewayRoute, deltas: readonly CounterDelta[]): Totals {
  const totals = new Totals();
  totals.serve({ version: 1, listen: [], routes: [wanted] });
  for (const delta of deltas) totals.add(delta);
  return totals;
}

function met(totals: Totals): Readonly<Record<string, readonly [users: number, converted: number]>> {
  const read = totals.read(() => 0).filter((one) => one.met !== undefined);
  return Object.fromEntries(read.map((one) => [one.track, [one.met?.users ?? 0, one.met?.converted ?? 0]]));
}

const order = { method: 'POST', path: '/orders' };

describe('users of an experiment', () => {
  it('stay with their variant, and count once, as does what they do', async () => {
    const started = await experiment(UID);
    const seen = new Map<string, Set<string>>();
    for (let i = 0; i < 240; i += 1) {
      const uid = `u${i % 40}`;
      const headers = { cookie: `uid=${uid}` };
      const { body } = await send(started.port, i % 40 < 10 ? { ...order, headers } : { headers });
      seen.set(uid, (seen.get(uid) ?? new Set()).add(body));
    }
    expect([...seen.values()].every((variants) => variants.size === 1)).toBe(true);
    const counts = met(totalsOf(started.wanted, started.counted()));
    const sum = (index: 0 | 1): number =>
      (counts['stable']?.[index] ?? 0) + (counts['variant:green']?.[index] ?? 0);
    expect([sum(0), sum(1)]).toEqual([40, 10]);
    const ofGreen = [...seen.values()].filter((variants) => variants.has('green')).length;
    expect(counts['variant:green']?.[0]).toBe(ofGreen);
  });

  it.each<[string, Unit, object]>([
    ['header', { from: 'header', name: 'X-User' }, { headers: { 'x-user': 'ann' } }],
    ['query', { from: 'query', name: 'u' }, { path: '/?a=b&u=ann' }],
  ])('are told apart by a %s', async (_, unit, request) => {
    const started = await experiment(unit);
    const bodies = new Set<string>();
    for (let i = 0; i < 8; i += 1) bodies.add((await send(started.port, request)).body);
    expect(bodies.size).toBe(1);
    const counts = met(totalsOf(started.wanted, started.counted()));
    expect(Object.values(counts).reduce((sum, [users]) => sum + users, 0)).toBe(1);
  });

  it('are divided among several variants by exact shares, and stay with theirs', async () => {
    const names = ['blue', 'green', 'red'];
    const ups = await Promise.all(names.map((name) => upstream(named(name))));
    const shares = [0.5, 0.3, 0.2];
    const parts = names.map((name, i) =>
      part(i === 0 ? 'stable' : `variant:${name}`, FULL_SHARE * shares[i]!, [ups[i]!.endpoint]),
    );
    const wanted = route([], { parts, experiment: { id: '7', unit: UID, conversion: ORDERS } });
    const started = await proxy([wanted]);
    const users = 1_000;
    const variants = new Map<string, number>();
    for (let i = 0; i < users; i += 1) {
      const headers = { cookie: `uid=u${i}` };
      const { body } = await send(started.port, { headers });
      variants.set(body, (variants.get(body) ?? 0) + 1);
      if (i % 50 === 0) expect((await send(started.port, { ...order, headers })).body).toBe(body);
    }
    const counts = met(totalsOf(wanted, started.counted()));
    names.forEach((name, i) => {
      const planned = users * shares[i]!;
      const track = i === 0 ? 'stable' : `variant:${name}`;
      expect(counts[track]?.[0]).toBe(variants.get(name));
      // The draw of a user is the same in every run.
      expect(Math.abs((variants.get(name) ?? 0) - planned)).toBeLessThan(4 * Math.sqrt(planned));
    });
    expect(Object.values(counts).reduce((sum, [, converted]) => sum + converted, 0)).toBe(20);
  });

  it('are served what runs today, uncounted, when nothing tells who they are', async () => {
    const started = await experiment(UID);
    for (let i = 0; i < 20; i += 1) expect((await send(started.port)).body).toBe('blue');
    expect(met(totalsOf(started.wanted, started.counted()))).toEqual({
      stable: [0, 0],
      'variant:green': [0, 0],
    });
  });

  it('get an id that outlives their browser where the gateway gives it', async () => {
    const started = await experiment({ from: 'gateway', cookie: 'cm-ab' });
    const first = await send(started.port);
    const cookie = first.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/^cm-ab=[\w-]{22}; Path=\/; Max-Age=\d+; HttpOnly/);
    const again = await send(started.port, { ...order, headers: { cookie: cookie.split(';')[0] } });
    expect(again.body).toBe(first.body);
    expect(again.headers).not.toHaveProperty('set-cookie');
    const counts = met(totalsOf(started.wanted, started.counted()));
    expect(counts[first.body === 'green' ? 'variant:green' : 'stable']).toEqual([1, 1]);
  });

  it('count for the variant they were drawn for, also while the other one has to serve them', async () => {
    const started = await experiment(UID);
    const headers = (i: number): object => ({ headers: { cookie: `uid=u${i}` } });
    const bodies = await Promise.all(Array.from({ length: 20 }, (_, i) => send(started.port, headers(i))));
    const before = met(totalsOf(started.wanted, started.counted()));
    expect(before['variant:green']?.[0]).toBe(bodies.filter(({ body }) => body === 'green').length);
    await started.green.close();
    for (let i = 20; i < 40; i += 1) expect((await send(started.port, headers(i))).body).toBe('blue');
    const after = met(totalsOf(started.wanted, started.counted()));
    expect(after['variant:green']?.[0]).toBeGreaterThan(0);
  });

  it('of a match are no part of it', async () => {
    const started = await experiment(UID);
    const match = [{ method: 'POST' }];
    const parts = started.wanted.parts.map((one) => (one.track === 'stable' ? one : { ...one, match }));
    started.serve([{ ...started.wanted, parts }]);
    const { body } = await send(started.port, { ...order, headers: { cookie: 'uid=ann' } });
    expect(body).toBe('green');
    expect(met(totalsOf(started.wanted, started.counted()))['variant:green']).toEqual([0, 0]);
  });

  it.each([
    ['another method', { path: '/orders' }],
    ['another path', { method: 'POST', path: '/orders/1' }],
  ])('do not convert by %s', async (_, request) => {
    const started = await experiment(UID);
    await send(started.port, { ...request, headers: { cookie: 'uid=ann' } });
    const counts = Object.values(met(totalsOf(started.wanted, started.counted())));
    expect(counts.map(([, converted]) => converted)).toEqual([0, 0]);
  });

  it('convert by the path whatever its query', async () => {
    const started = await experiment(UID);
    await send(started.port, { method: 'POST', path: '/orders?x=1', headers: { cookie: 'uid=ann' } });
    const counts = Object.values(met(totalsOf(started.wanted, started.counted())));
    expect(counts.reduce((sum, [, converted]) => sum + converted, 0)).toBe(1);
  });
});

describe('users who meet with harm', () => {
  const uid = (name: string, path: string): object => ({ path, headers: { cookie: `uid=${name}` } });

  async function counting(
    harm: Harm,
  ): Promise<(users: readonly (readonly [string, string])[]) => Promise<readonly [number, number]>> {
    const { endpoint } = await upstream((req, res) => {
      if (req.url === '/broken') {
        res.writeHead(200, { 'content-length': '9' });
        res.write('half');
        setTimeout(() => res.destroy(), 5);
      } else if (req.url === '/slow') setTimeout(() => res.end(), 80);
      else {
        res.statusCode = req.url === '/bad' ? 500 : req.url === '/missing' ? 404 : 200;
        res.end();
      }
    });
    const wanted = route([endpoint], { experiment: { id: '7', unit: UID, harm } });
    const started = await proxy([wanted]);
    return async (users) => {
      for (const [name, path] of users) await send(started.port, uid(name, path)).catch(() => undefined);
      return Object.values(met(totalsOf(wanted, started.counted())))[0] ?? [0, 0];
    };
  }

  it('count once for all requests that failed, and not for what was their own mistake', async () => {
    const count = await counting({ failed: true });
    expect(await count([['ann', '/bad'], ['ann', '/bad'], ['bob', '/'], ['cid', '/missing'], ['dan', '/broken'], ['eve', '/'], ['eve', '/bad']])).toEqual([5, 3]); // prettier-ignore
  });

  it('count once when they had to wait longer', async () => {
    const count = await counting({ slowerThanMs: 40 });
    expect((await count([['ann', '/slow'], ['ann', '/slow'], ['bob', '/slow']]))).toEqual([2, 2]); // prettier-ignore
    const patient = await counting({ slowerThanMs: 60_000 });
    expect(await patient([['ann', '/slow'], ['bob', '/']])).toEqual([2, 0]); // prettier-ignore
  });
});

describe('what several workers have met', () => {
  const wanted = route([], { experiment: { id: '7', unit: UID, conversion: ORDERS } });
  const who = { rollout: 'shop', track: 'stable', revision: wanted.parts[0]?.revision } as const;
  const delta = (...marks: readonly number[]): CounterDelta =>
    ({ ...who, requests: 0, errors: 0, latency: [], codes: [], latencySumMs: 0, connectFailures: 0, active: 0, met: { id: '7', marks } }) as CounterDelta; // prettier-ignore
  const [ann, bob] = [hashOf('ann'), hashOf('bob')];

  it('is each user once, converted if any of them has seen that', () => {
    const totals = totalsOf(wanted, [
      delta(markOf(ann, false)),
      delta(markOf(ann, true), markOf(bob, false)),
    ]);
    expect(met(totals)).toEqual({ stable: [2, 1] });
    totals.add(delta(markOf(ann, true)));
    expect(met(totals)).toEqual({ stable: [2, 1] });
  });

  it('is forgotten with another experiment, and not mixed up with it', () => {
    const totals = totalsOf(wanted, [delta(markOf(ann, true))]);
    totals.serve({
      version: 2,
      listen: [],
      routes: [{ ...wanted, experiment: { id: '8', unit: UID, conversion: ORDERS } }],
    });
    totals.add(delta(markOf(bob, true)));
    expect(met(totals)).toEqual({ stable: [0, 0] });
    totals.serve({ version: 3, listen: [], routes: [route([])] });
    expect(met(totals)).toEqual({});
  });

  it('goes on in a gateway that takes over', () => {
    const told = totalsOf(wanted, [delta(markOf(ann, true), markOf(bob, false))]).tell(() => 0);
    const next = totalsOf(wanted, told);
    next.add(delta(markOf(ann, false)));
    expect(met(next)).toEqual({ stable: [2, 1] });
  });

  it('has a bound: who comes after is not counted, and who is known may still convert', () => {
    const users = new ExperimentUsers('7', 3);
    const marks = [1, 2, 3, 4].map((n) => markOf(hashOf(`u${n}`), false));
    users.add('a', { id: '7', marks: marks.slice(0, 2) });
    users.add('b', { id: '7', marks: marks.slice(2) });
    expect([users.read('a').users, users.read('b').users]).toEqual([2, 1]);
    users.add('a', { id: '7', marks: [markOf(hashOf('u1'), true), markOf(hashOf('u9'), true)] });
    expect(users.read('a')).toEqual({ id: '7', users: 2, converted: 1 });
  });

  it('knows a hundred thousand users apart', () => {
    const marks = new UserMarks();
    for (let i = 0; i < 100_000; i += 1) marks.add(markOf(hashOf(`user ${i}`), i % 10 === 0));
    expect(100_000 - marks.users).toBeLessThan(20);
    expect(10_000 - marks.converted).toBeLessThan(5);
  });
});
