import { afterEach, describe, expect, it } from 'vitest';
import {
  deadEndpoint,
  eventually,
  named,
  part,
  route,
  send,
  type StartedProxy,
} from '../../../test/proxy.ts';
import { webSocketFixture } from '../../../test/websocket.ts';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { RevisionId } from '../../rollout/model.ts';
import type { Origin, PathRoute, PathTarget } from '../../rollout/traffic.ts';
import type { Endpoint, GatewayRoute, PathCounters } from '../protocol.ts';

const { upstream, proxy, workload, opened, closeAll } = webSocketFixture();

afterEach(closeAll);

function originOf({ host, port }: Endpoint): Origin {
  return { host, port };
}

/** A façade before an old system, with these paths. */
async function facade(
  paths: (legacy: Origin) => readonly PathRoute[],
  more: Partial<GatewayRoute> = {},
): Promise<StartedProxy> {
  const old = await upstream(named('old'));
  const ends = [(await upstream(named('new'))).endpoint];
  return proxy([route(ends, { paths: paths(originOf(old.endpoint)), ...more })]);
}

function all(to: PathTarget): readonly PathRoute[] {
  return [{ path: '/', to }];
}

function pathsCounted({ table }: StartedProxy): PathCounters[] {
  return [...table.pathCounters()].flatMap((counter) => counter.takeDelta() ?? []);
}

async function bodyOf({ port }: StartedProxy, path: string): Promise<string> {
  const { status, body } = await send(port, { path });
  return status === 200 ? body : `${status} ${body.trim()}`;
}

describe('a façade', () => {
  it('sends each path where its first fitting route says, and knows no other', async () => {
    const started = await facade((legacy) => [
      { path: '/orders/old', to: { kind: 'legacy', legacy } },
      { path: '/orders', to: { kind: 'new' } },
      { path: '/shop', to: { kind: 'legacy', legacy } },
    ]);
    expect(await bodyOf(started, '/orders/7')).toBe('new');
    expect(await bodyOf(started, '/orders/old?x=1')).toBe('old');
    expect(await bodyOf(started, '/orders/older')).toBe('new');
    expect(await bodyOf(started, '/shop')).toBe('old');
    expect(await bodyOf(started, '/shopping')).toBe('404 404 no route for this path');
  });

  it('counts what an old system serves apart from all tracks', async () => {
    const started = await facade((legacy) => [
      { path: '/orders', to: { kind: 'new' } },
      { path: '/', to: { kind: 'legacy', legacy } },
    ]);
    for (const path of ['/orders', '/a', '/b']) await bodyOf(started, path);
    const byTrack = started.counted().map(({ track, requests, assigned }) => [track, requests, assigned]);
    expect(byTrack.sort()).toEqual([
      ['legacy', 2, 0],
      ['stable', 1, 1],
    ]);
    expect(pathsCounted(started)).toEqual([
      {
        rollout: 'shop',
        path: '/orders',
        new: { requests: 1, errors: 0 },
        legacy: { requests: 0, errors: 0 },
        fallbacks: 0,
      },
      {
        rollout: 'shop',
        path: '/',
        new: { requests: 0, errors: 0 },
        legacy: { requests: 2, errors: 0 },
        fallbacks: 0,
      },
    ]);
  });

  it('lets the old system serve whatever it can while nothing of the Rollout does', async () => {
    const { endpoint } = await upstream(named('old'));
    const legacy = originOf(endpoint);
    const started = await proxy([
      route([], {
        parts: [],
        paths: [
          { path: '/split', to: { kind: 'split', legacy, share: FULL_SHARE } },
          { path: '/both', to: { kind: 'newWithFallback', legacy } },
          { path: '/new', to: { kind: 'new' } },
          { path: '/', to: { kind: 'legacy', legacy } },
        ],
      }),
    ]);
    expect(await bodyOf(started, '/split')).toBe('old');
    expect(await bodyOf(started, '/both')).toBe('old');
    expect(await bodyOf(started, '/')).toBe('old');
    expect(await bodyOf(started, '/new')).toMatch(/^503 503 nothing is running/);
  });

  it('says of a path whose old system is down that it is, and serves all others', async () => {
    const dead = originOf(await deadEndpoint());
    const started = await facade((legacy) => [
      { path: '/dead', to: { kind: 'legacy', legacy: dead } },
      { path: '/alive', to: { kind: 'legacy', legacy } },
      { path: '/', to: { kind: 'new' } },
    ]);
    expect(await bodyOf(started, '/dead')).toBe('502 502 the old system does not answer');
    expect(await bodyOf(started, '/alive')).toBe('old');
    expect(await bodyOf(started, '/')).toBe('new');
    expect(pathsCounted(started)).toContainEqual(
      expect.objectContaining({ path: '/dead', legacy: { requests: 1, errors: 1 } }),
    );
  });

  it('does not find a host that has no address, and says so', async () => {
    const legacy = { host: 'no-such-host.invalid', port: 80 };
    const started = await facade(() => all({ kind: 'legacy', legacy }));
    expect(await bodyOf(started, '/')).toBe('502 502 the old system does not answer');
  });

  it('finds an old system by its name', async () => {
    const { port } = await upstream(named('old'));
    const started = await facade(() => all({ kind: 'legacy', legacy: { host: 'localhost', port } }));
    expect(await bodyOf(started, '/')).toBe('old');
  });

  it.each([
    [undefined, 'shop.test'],
    ['own', undefined],
  ] as const)('tells an old system the host (legacyHost %s) and who asked', async (legacyHost, told) => {
    const seen: (string | undefined)[] = [];
    const old = await upstream((req, res) => {
      seen.push(req.headers.host, String(req.headers['x-forwarded-host']));
      seen.push(String(req.headers['x-forwarded-for']));
      res.end();
    });
    const legacy = originOf(old.endpoint);
    const started = await facade(() => all({ kind: 'legacy', legacy }), legacyHost && { legacyHost });
    await send(started.port, { headers: { host: 'shop.test' } });
    expect(seen).toEqual([told ?? `127.0.0.1:${old.port}`, 'shop.test', '127.0.0.1']);
  });

  it('opens WebSockets to an old system', async () => {
    const old = await workload();
    const legacy = originOf(old.endpoint);
    const started = await facade(() => all({ kind: 'legacy', legacy }));
    const { socket, received } = await opened(started.port);
    socket.write('hello');
    await eventually(() => String(received()) === 'hello', 'it comes back');
    expect(pathsCounted(started)).toMatchObject([{ legacy: { requests: 1, errors: 0 } }]);
    expect(started.counted()).toMatchObject([{ track: 'legacy', active: 1 }]);
  });

  it('follows no redirect of an old system', async () => {
    const old = await upstream((_, res) => res.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    const started = await facade(() => all({ kind: 'legacy', legacy: originOf(old.endpoint) }));
    const { status, headers } = await send(started.port);
    expect([status, headers.location]).toEqual([302, 'http://169.254.169.254/']);
  });
});

describe('a split path', () => {
  it('is divided by its share, and the new part of it by the weights of the tracks', async () => {
    const old = await upstream(named('old'));
    const ends = await Promise.all(['stable', 'canary'].map((name) => upstream(named(name))));
    const parts = [part('stable', 50_000, [ends[0]!.endpoint]), part('canary', 50_000, [ends[1]!.endpoint])];
    const to: PathTarget = { kind: 'split', legacy: originOf(old.endpoint), share: 30_000 as Share };
    const started = await proxy([route([], { parts, paths: all(to), sticky: { cookie: 'id' } })]);
    const count = new Map<string, number>();
    const hundred = Array.from({ length: 100 }, () => '/');
    for (let i = 0; i < 20; i += 1)
      for (const body of await Promise.all(hundred.map((path) => bodyOf(started, path))))
        count.set(body, (count.get(body) ?? 0) + 1);
    const [legacy = 0, stable = 0, canary = 0] = ['old', 'stable', 'canary'].map((name) => count.get(name));
    // Four standard errors: 1 in 16,000.
    expect(Math.abs(legacy - 1_400)).toBeLessThan(4 * Math.sqrt(2_000 * 0.3 * 0.7));
    expect(Math.abs(canary - (stable + canary) / 2)).toBeLessThan(2 * Math.sqrt(stable + canary));
  });

  it('keeps a user on the system that has answered first, and on the new one while its share grows', async () => {
    const old = await upstream(named('old'));
    const fresh = await upstream(named('new'));
    const at = (share: number): GatewayRoute =>
      route([fresh.endpoint], {
        sticky: { cookie: 'id' },
        paths: all({ kind: 'split', legacy: originOf(old.endpoint), share: share as Share }),
      });
    const started = await proxy([at(40_000)]);
    const users = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const { headers, body } = await send(started.port);
        return { cookie: String(headers['set-cookie']).split(';')[0] ?? '', body };
      }),
    );
    const again = async (): Promise<string[]> =>
      Promise.all(users.map(({ cookie }) => send(started.port, { headers: { cookie } }).then((a) => a.body)));
    expect(await again()).toEqual(users.map(({ body }) => body));
    started.serve([at(70_000)]);
    const later = await again();
    expect(later.filter((body, i) => body === 'old' && users[i]?.body === 'new')).toEqual([]);
    expect(later.filter((body) => body === 'new').length).toBeGreaterThan(
      users.filter(({ body }) => body === 'new').length,
    );
  });
});

describe('a path that falls back', () => {
  /** The new system answers so; what has been sent to the old one is recorded. */
  async function fallingBack(
    newEnds: readonly Endpoint[],
    more: Partial<GatewayRoute> = {},
  ): Promise<StartedProxy & { oldSaw: string[] }> {
    const oldSaw: string[] = [];
    const old = await upstream((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        oldSaw.push(`${req.method ?? ''} ${Buffer.concat(chunks).toString()}`.trim());
        res.end('old');
      });
    });
    const to: PathTarget = { kind: 'newWithFallback', legacy: originOf(old.endpoint) };
    return Object.assign(await proxy([route(newEnds, { paths: all(to), ...more })]), { oldSaw });
  }

  async function failing(status: number): Promise<Endpoint> {
    return (await upstream((_, res) => res.writeHead(status).end('failed'))).endpoint;
  }

  it('is answered by the new system while that can', async () => {
    const started = await fallingBack([(await upstream(named('new'))).endpoint]);
    expect(await bodyOf(started, '/')).toBe('new');
    expect(started.oldSaw).toEqual([]);
  });

  it('is answered by the old one after a 5xx, and the failure counts for the new one all the same', async () => {
    const started = await fallingBack([await failing(500)]);
    expect(await bodyOf(started, '/')).toBe('old');
    expect(started.counted().map(({ track, requests, errors }) => [track, requests, errors])).toEqual([
      ['stable', 1, 1],
      ['legacy', 1, 0],
    ]);
    expect(pathsCounted(started)).toEqual([
      {
        rollout: 'shop',
        path: '/',
        new: { requests: 0, errors: 0 },
        legacy: { requests: 1, errors: 0 },
        fallbacks: 1,
      },
    ]);
  });

  it('passes on every other answer', async () => {
    const started = await fallingBack([await failing(404)]);
    expect(await bodyOf(started, '/')).toBe('404 failed');
  });

  it('does not send twice what may have changed something', async () => {
    const started = await fallingBack([await failing(500)]);
    const { status } = await send(started.port, { method: 'POST', body: 'order' });
    expect(status).toBe(500);
    expect(started.oldSaw).toEqual([]);
  });

  it('hands over any request with its body when nobody has read it', async () => {
    const started = await fallingBack([await deadEndpoint()]);
    const { body } = await send(started.port, { method: 'POST', body: 'order' });
    expect(body).toBe('old');
    expect(started.oldSaw).toEqual(['POST order']);
    const [stable] = started.counted();
    expect(stable).toMatchObject({ track: 'stable', requests: 1, errors: 1, assigned: 1 });
  });

  it('tries again within the new system first, where the Rollout wants that', async () => {
    const ends = [await failing(503), (await upstream(named('new'))).endpoint];
    const started = await fallingBack(ends, { retries: { attempts: 1, on: ['5xx'] } });
    const bodies = await Promise.all(Array.from({ length: 10 }, () => bodyOf(started, '/')));
    expect(new Set(bodies)).toEqual(new Set(['new']));
  });

  it('has nowhere to go from an old system that fails too', async () => {
    const end = await failing(500);
    // After everything else has its port: a free one could be given to whoever comes next.
    const dead = await deadEndpoint();
    const to: PathTarget = { kind: 'newWithFallback', legacy: originOf(dead) };
    const started = await proxy([route([end], { paths: all(to) })]);
    expect(await bodyOf(started, '/')).toBe('502 502 the old system does not answer');
  });
});

describe('a path that is shadowed', () => {
  it('is answered by the old system, and the new one gets copies, counted as no user and no evidence', async () => {
    const seen: string[] = [];
    const fresh = await upstream((req, res) => {
      seen.push(`${req.method ?? ''} ${req.url ?? ''} ${String(req.headers['coalmine-mirror'])}`);
      res.writeHead(500).end();
    });
    const old = await upstream(named('old'));
    const to: PathTarget = { kind: 'shadow', legacy: originOf(old.endpoint), share: FULL_SHARE };
    const started = await proxy([route([fresh.endpoint], { paths: all(to) })]);
    expect(await bodyOf(started, '/a?x=1')).toBe('old');
    expect((await send(started.port, { method: 'POST', body: 'order' })).body).toBe('old');
    await eventually(() => seen.length === 1, 'the copy has come');
    expect(seen).toEqual(['GET /a?x=1 true']);
    const counted = new Map<string, number>();
    await eventually(() => {
      for (const { track, requests } of started.counted())
        counted.set(track, (counted.get(track) ?? 0) + requests);
      return counted.get('shadow') === 1;
    }, 'the copy is counted');
    expect(Object.fromEntries(counted)).toEqual({ legacy: 2, shadow: 1 });
    expect(pathsCounted(started)).toMatchObject([
      { new: { requests: 0 }, legacy: { requests: 2, errors: 0 } },
    ]);
  });

  it('is copied by its share, and not at all while nothing of the Rollout serves', async () => {
    let copies = 0;
    const fresh = await upstream((_, res) => {
      copies += 1;
      res.end();
    });
    const old = await upstream(named('old'));
    const legacy = originOf(old.endpoint);
    const at = (share: number): GatewayRoute =>
      route([fresh.endpoint], { paths: all({ kind: 'shadow', legacy, share: share as Share }) });
    const started = await proxy([{ ...at(100_000), parts: [] }]);
    expect(await bodyOf(started, '/')).toBe('old');
    started.serve([at(30_000)]);
    await Promise.all(Array.from({ length: 100 }, () => bodyOf(started, '/')));
    await eventually(() => copies > 0, 'copies come');
    // 100 draws of 30 %: beyond this bound once in a million.
    expect(copies).toBeLessThan(55);
  });
});

describe('what is copied to a canary', () => {
  it('is nothing that an old system has answered', async () => {
    const copied: string[] = [];
    const canary = await upstream((req, res) => {
      copied.push(req.url ?? '');
      res.end();
    });
    const stable = await upstream((req, res) => res.writeHead(req.url === '/fails' ? 500 : 200).end('new'));
    const old = await upstream(named('old'));
    const legacy = originOf(old.endpoint);
    const started = await proxy([
      route([stable.endpoint], {
        paths: [
          { path: '/old', to: { kind: 'legacy', legacy } },
          { path: '/', to: { kind: 'newWithFallback', legacy } },
        ],
        mirrors: [
          {
            track: 'canary',
            revision: 'r1-next' as RevisionId,
            share: FULL_SHARE,
            methods: ['GET'],
            endpoints: [canary.endpoint],
          },
        ],
      }),
    ]);
    expect(await bodyOf(started, '/old')).toBe('old');
    expect(await bodyOf(started, '/fails')).toBe('old');
    expect(await bodyOf(started, '/fine')).toBe('new');
    await eventually(() => copied.length === 1, 'one is copied');
    expect(copied).toEqual(['/fine']);
    const canaryCounted = started.counted().find(({ track }) => track === 'canary');
    expect(canaryCounted?.copies?.dropped.unanswered).toBe(1);
  });
});
