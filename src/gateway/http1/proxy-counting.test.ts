import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { deadEndpoint, eventually, named, part, proxyFixture, route, send } from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import { pointOf } from '../routing/assign.ts';
import type { CounterDelta, GatewayPart, GatewayRoute } from '../protocol.ts';
import { idSource } from '../routing/sticky.ts';

const { upstream, proxy, closeAll } = proxyFixture();
const newId = idSource();

afterEach(closeAll);

const failing: RequestListener = (_req, res) => res.writeHead(500).end();

/** What a track has counted, the assigned first. */
function of(counted: readonly CounterDelta[], track: string): Partial<CounterDelta> {
  return counted.find((delta) => delta.track === track) ?? {};
}

/** An id whose point is in the first `share` of all, or beyond it. */
function idIn(share: number, isWithin: boolean): string {
  for (;;) {
    const id = newId();
    if (pointOf('shop', id) < share === isWithin) return id;
  }
}

async function divided(
  canary: GatewayPart['endpoints'],
  more: Partial<GatewayRoute> = {},
): Promise<Awaited<ReturnType<typeof proxy>>> {
  const stable = await upstream(named('stable'));
  const parts = [part('stable', FULL_SHARE / 2, [stable.endpoint]), part('canary', FULL_SHARE / 2, canary)];
  return proxy([route([], { ...more, parts })]);
}

describe('counting draws by weight', () => {
  it('counts every request where users are not kept', async () => {
    const started = await divided([(await upstream(failing)).endpoint]);
    await Promise.all(Array.from({ length: 200 }, () => send(started.port)));
    const counted = started.counted();
    for (const track of ['stable', 'canary']) {
      const { assigned = 0, requests } = of(counted, track);
      expect(assigned).toBe(requests);
      expect(Math.abs(assigned - 100)).toBeLessThan(6 * Math.sqrt(50));
    }
  });

  it('counts only new users where they are kept, however often they come back', async () => {
    const started = await divided([(await upstream(named('canary'))).endpoint], { sticky: { cookie: 'cm' } });
    const cookies = await Promise.all(
      Array.from({ length: 40 }, async () => (await send(started.port)).headers['set-cookie']?.[0] ?? ''),
    );
    for (const cookie of cookies) await send(started.port, { headers: { cookie } });
    await send(started.port, { headers: { cookie: `cm=${newId()}` } });
    const counted = started.counted();
    const sum = (what: 'assigned' | 'requests'): number =>
      counted.reduce((total, delta) => total + (delta[what] ?? 0), 0);
    expect(sum('assigned')).toBe(40);
    expect(sum('requests')).toBe(81);
  });

  it.each([
    ['has no process', () => Promise.resolve([])],
    ['has a process where nobody listens', async () => [await deadEndpoint()]],
  ])('shows what another track has served while the drawn one %s', async (_, endpoints) => {
    const started = await divided(await endpoints());
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(started.port)));
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => 'stable'));
    const counted = started.counted();
    expect(of(counted, 'stable')).toMatchObject({ assigned: 50, requests: 50 });
    expect(of(counted, 'canary').assigned ?? 0).toBe(0);
  });

  it('counts a draw before its answer, since a slow track would seem to get less', async () => {
    let finish: () => void = () => undefined;
    const slow = await upstream((_req, res) => (finish = () => res.end()));
    const started = await proxy([route([slow.endpoint])]);
    const answer = send(started.port);
    let seen: readonly CounterDelta[] = [];
    await eventually(
      () => (seen = started.counted()).some(({ assigned = 0 }) => assigned > 0),
      'it is drawn',
    );
    expect(seen).toMatchObject([{ assigned: 1, requests: 0 }]);
    finish();
    await answer;
    expect(started.counted()).toMatchObject([{ assigned: 0, requests: 1 }]);
  });

  it('counts one draw for a request that had to be sent twice', async () => {
    let calls = 0;
    const { endpoint } = await upstream((req, res) => {
      calls += 1;
      if (calls === 2) req.socket.destroy();
      else res.end('ok');
    });
    const started = await proxy([route([endpoint])]);
    await send(started.port);
    await send(started.port);
    expect(calls).toBe(3);
    expect(started.counted()).toMatchObject([{ assigned: 2, requests: 2 }]);
  });
});

describe('scoring users', () => {
  const byPath: RequestListener = (req, res) => res.writeHead(req.url === '/bad' ? 500 : 200).end();

  it('scores each user once, whatever the number of requests, on the track that served', async () => {
    const ends = [(await upstream(byPath)).endpoint];
    const parts = [part('stable', FULL_SHARE / 2, ends), part('canary', FULL_SHARE / 2, ends)];
    const started = await proxy([route([], { sticky: { cookie: 'cm' }, parts })]);
    const [ann, bob, eve] = [true, true, false].map((isCanary) => idIn(FULL_SHARE / 2, isCanary));
    const visits = [
      [ann, '/'],
      [ann, '/bad'],
      [ann, '/bad'],
      [bob, '/'],
      [bob, '/'],
      [eve, '/'],
    ];
    for (const [id, path] of visits)
      await send(started.port, { path: path ?? '', headers: { cookie: `cm=${id}` } });
    const counted = started.counted();
    // Two windows when the clock turned in between.
    const { seen = 0, failed = 0 } = of(counted, 'canary').users ?? {};
    expect(seen).toBeGreaterThanOrEqual(2);
    expect(seen).toBeLessThanOrEqual(4);
    expect(failed).toBeGreaterThanOrEqual(1);
    expect(failed).toBeLessThanOrEqual(2);
    expect(of(counted, 'canary')).toMatchObject({ requests: 5, errors: 2 });
    expect(of(counted, 'stable').users).toEqual({ seen: 1, failed: 0 });
  });

  it('scores a new user by the id that the answer gives', async () => {
    const started = await proxy([route([(await upstream(byPath)).endpoint], { sticky: { cookie: 'cm' } })]);
    const cookie =
      (await send(started.port, { path: '/bad' })).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(of(started.counted(), 'stable').users).toEqual({ seen: 1, failed: 1 });
    await send(started.port, { headers: { cookie } });
    const { seen = 0 } = of(started.counted(), 'stable').users ?? {};
    expect(seen).toBeLessThanOrEqual(1);
  });

  it('knows no users where they are not kept on a track', async () => {
    const started = await proxy([route([(await upstream(byPath)).endpoint])]);
    await send(started.port, { headers: { cookie: `cm=${newId()}` } });
    expect(of(started.counted(), 'stable').users).toBeUndefined();
  });
});

describe('counting halves', () => {
  it('counts each request for the half of its process', async () => {
    const ends = await Promise.all([upstream(named('good')), upstream(failing)]);
    const endpoints = ends.map(({ endpoint }) => endpoint);
    const stable = { ...part('stable', FULL_SHARE, endpoints), halves: { salt: 'one' } };
    const started = await proxy([route([], { parts: [stable] })]);
    await Promise.all(Array.from({ length: 100 }, () => send(started.port)));
    const { halves, requests, errors = 0 } = of(started.counted(), 'stable');
    expect(halves?.salt).toBe('one');
    const [a, b] = [halves?.a, halves?.b].map((half) => [half?.requests, half?.errors]);
    const [good, bad] = [
      [100 - errors, 0],
      [errors, errors],
    ];
    expect(requests).toBe(100);
    expect([
      [a, b],
      [b, a],
    ]).toContainEqual([good, bad]);
    expect(halves?.a.latency.reduce((sum, [, count]) => sum + count, 0)).toBe(halves?.a.requests);
  });

  it('counts anew with another salt, and not at all without one', async () => {
    const { endpoint } = await upstream(named('ok'));
    const started = await proxy([]);
    const serve = (salt?: string): void => {
      const halves = salt === undefined ? {} : { halves: { salt } };
      started.serve([route([], { parts: [{ ...part('stable', FULL_SHARE, [endpoint]), ...halves }] })]);
    };
    const counts = async (): Promise<unknown> => {
      await send(started.port);
      const { halves } = of(started.counted(), 'stable');
      return halves && [halves.salt, halves.a.requests + halves.b.requests];
    };
    serve('one');
    expect(await counts()).toEqual(['one', 1]);
    serve('one');
    expect(await counts()).toEqual(['one', 1]);
    serve('two');
    expect(await counts()).toEqual(['two', 1]);
    serve();
    expect(await counts()).toBeUndefined();
  });
});
