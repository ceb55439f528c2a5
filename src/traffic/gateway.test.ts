import { beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import { FULL_SHARE, type Share } from '../base/share.ts';
import type { Route } from '../engine/observation.ts';
import type { GatewayClient } from '../gateway/client.ts';
import type { CertificateFiles, Endpoint, GatewayConfig, GatewayState } from '../gateway/protocol.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { GatewayTraffic } from '../rollout/traffic.ts';
import { gatewayRoutes, type GatewayRoutes } from './gateway-routes.ts';
import { gatewayRouter } from './gateway.ts';

const LISTEN = [{ host: '127.0.0.1', port: 8080 }];
const signal = new AbortController().signal;
const A = 'r1-a' as RevisionId;
const B = 'r1-b' as RevisionId;
const TRAFFIC: GatewayTraffic = { kind: 'gateway', path: '/', timeoutMs: 1_000 };

/** A gateway of this test's memory, as strict about versions as the real one. */
class FakeGateway {
  config: GatewayConfig = { version: 0, listen: [], routes: [] };
  writes = 0;
  down = false;

  client(): GatewayClient {
    const answer = <T>(value: () => T): Promise<T> =>
      this.down ? Promise.reject(new Failure('unreachable', 'down')) : Promise.resolve().then(value);
    const state = (): GatewayState => ({
      pid: 1,
      epoch: 'e',
      version: this.config.version,
      config: this.config,
      workers: [],
      listening: [],
      problems: [],
      restarts: 0,
    });
    return {
      state: () => answer(state),
      apply: (config) =>
        answer(() => {
          if (config.version <= this.config.version) throw new Failure('conflict', 'too late');
          this.config = config;
          this.writes += 1;
          return state();
        }),
      counters: () => Promise.reject(new Error('unused')),
      inflight: () => Promise.reject(new Error('unused')),
      metrics: () => Promise.reject(new Error('unused')),
      succeed: () => Promise.reject(new Error('unused')),
      stop: () => Promise.reject(new Error('unused')),
      drained: () => Promise.reject(new Error('unused')),
    };
  }
}

let gateway: FakeGateway;
let processes: Map<string, Endpoint[]>;

beforeEach(() => {
  gateway = new FakeGateway();
  processes = new Map([
    [A, [endpoint('a1'), endpoint('a2')]],
    [B, [endpoint('b1')]],
  ]);
});

function endpoint(id: string): Endpoint {
  return { id, host: '127.0.0.1', port: 1 };
}

function routesOf(): GatewayRoutes {
  return gatewayRoutes({
    client: gateway.client(),
    listen: LISTEN,
    endpointsOf: (_rollout, { revision }) => processes.get(revision) ?? [],
  });
}

function canaryAt(weight: number): Route {
  return {
    parts: [
      { track: 'stable', revision: A, weight: (FULL_SHARE - weight) as Share },
      { track: 'canary', revision: B, weight: weight as Share },
    ],
  };
}

describe('the router of our gateway', () => {
  it('reads what it wrote', async () => {
    const router = gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes: routesOf() });
    expect(await router.read(signal)).toEqual({ route: { parts: [] } });
    await router.write(canaryAt(5_000), signal);
    expect(await router.read(signal)).toEqual({ route: canaryAt(5_000) });
    expect(gateway.config.listen).toEqual(LISTEN);
    expect(gateway.config.routes[0]?.parts[0]?.endpoints.map(({ id }) => id)).toEqual(['a1', 'a2']);
  });

  it('reads back who gets copies of requests, and by which processes', async () => {
    const router = gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes: routesOf() });
    const mirrors = [{ track: 'shadow', revision: B, share: 20_000 as Share, methods: ['GET'] }] as const;
    const route: Route = { ...canaryAt(0), mirrors };
    await router.write(route, signal);
    expect(await router.read(signal)).toEqual({ route });
    expect(gateway.config.routes[0]?.mirrors?.[0]?.endpoints).toEqual([endpoint('b1')]);
    processes.set(B, [endpoint('b2')]);
    expect(await router.read(signal)).toEqual({});
    await routesOf().refreshEndpoints('shop');
    expect(gateway.config.routes[0]?.mirrors?.[0]?.endpoints).toEqual([endpoint('b2')]);
  });

  it('writes nothing twice', async () => {
    const router = gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes: routesOf() });
    await router.write(canaryAt(5_000), signal);
    await router.write(canaryAt(5_000), signal);
    expect(gateway.writes).toBe(1);
  });

  it('knows nothing while the gateway is away, and writing fails', async () => {
    const router = gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes: routesOf() });
    gateway.down = true;
    expect(await router.read(signal)).toEqual({});
    await expect(router.write(canaryAt(5_000), signal)).rejects.toMatchObject({ code: 'unreachable' });
    gateway.down = false;
    await router.write(canaryAt(5_000), signal);
    expect(await router.read(signal)).toEqual({ route: canaryAt(5_000) });
  });

  it('does not confirm a route served with other settings or processes', async () => {
    const routes = routesOf();
    const router = gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes });
    await router.write(canaryAt(5_000), signal);
    const changed = gatewayRouter({ rollout: 'shop', traffic: { ...TRAFFIC, timeoutMs: 5 }, routes });
    expect(await changed.read(signal)).toEqual({});
    processes.set(B, []);
    expect(await router.read(signal)).toEqual({});
    await routes.refreshEndpoints('shop');
    expect(await router.read(signal)).toEqual({ route: canaryAt(5_000) });
    expect(gateway.config.routes[0]?.parts[1]?.endpoints).toEqual([]);
  });

  it('goes on from what the gateway serves when the control process is a new one', async () => {
    await gatewayRouter({ rollout: 'one', traffic: TRAFFIC, routes: routesOf() }).write(
      canaryAt(1_000),
      signal,
    );
    const next = gatewayRouter({ rollout: 'two', traffic: { ...TRAFFIC, path: '/two' }, routes: routesOf() });
    await next.write(canaryAt(2_000), signal);
    expect(gateway.config.version).toBe(2);
    expect(gateway.config.routes.map(({ rollout }) => rollout)).toEqual(['one', 'two']);
  });

  it('writes all its routes again to a gateway that lost them', async () => {
    const routes = routesOf();
    const [one, two] = ['one', 'two'].map((rollout) =>
      gatewayRouter({ rollout, traffic: { ...TRAFFIC, path: `/${rollout}` }, routes }),
    );
    await one?.write(canaryAt(1_000), signal);
    await two?.write(canaryAt(2_000), signal);
    gateway.config = { version: 0, listen: [], routes: [] };
    await one?.write(canaryAt(1_000), signal);
    await two?.write(canaryAt(2_000), signal);
    expect(gateway.config.routes.map(({ rollout }) => rollout)).toEqual(['one', 'two']);
  });

  it('wins over somebody who wrote in between', async () => {
    const router = gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes: routesOf() });
    await router.write(canaryAt(1_000), signal);
    gateway.config = { ...gateway.config, version: 40 };
    await router.write(canaryAt(2_000), signal);
    expect(gateway.config.version).toBe(41);
    expect(await router.read(signal)).toEqual({ route: canaryAt(2_000) });
  });

  it('does many writes at once one after the other', async () => {
    const routes = routesOf();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const traffic = { ...TRAFFIC, path: `/p${i}` };
        return gatewayRouter({ rollout: `r${i}`, traffic, routes }).write(canaryAt(i), signal);
      }),
    );
    expect(gateway.config.routes).toHaveLength(20);
    expect(gateway.config.version).toBe(20);
  });

  it('refuses a host and path another Rollout has', async () => {
    const routes = routesOf();
    await gatewayRouter({ rollout: 'one', traffic: TRAFFIC, routes }).write(canaryAt(0), signal);
    const other = gatewayRouter({ rollout: 'two', traffic: TRAFFIC, routes });
    await expect(other.write(canaryAt(0), signal)).rejects.toMatchObject({ code: 'conflict' });
    await expect(other.write(canaryAt(0), signal)).rejects.toThrow(/one/);
    expect(gateway.config.routes).toHaveLength(1);
  });

  it('forgets a Rollout, however often it is told', async () => {
    const routes = routesOf();
    await gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes }).write(canaryAt(0), signal);
    await routes.removeRoute('shop', signal);
    await routes.removeRoute('shop', signal);
    expect(gateway.config.routes).toEqual([]);
    expect(gateway.writes).toBe(2);
  });

  it('serves over TLS, and sends others there, once an authority has made the first certificate', async () => {
    const listen = [...LISTEN, { host: '127.0.0.1', port: 8443, tls: true }] as const;
    const files = { certificate: '/c.pem', key: '/c.pem' };
    const made: { files?: CertificateFiles } = {};
    const routes = gatewayRoutes({
      client: gateway.client(),
      listen,
      endpointsOf: () => [],
      certificateOf: () => made.files,
    });
    const acme = { email: 'ops@shop.test', directory: 'https://ca.test/dir' };
    const traffic: GatewayTraffic = { ...TRAFFIC, host: 'shop.test', acme, withoutTls: 'redirect' };
    const router = gatewayRouter({ rollout: 'shop', traffic, routes });
    await router.write(canaryAt(0), signal);
    expect(gateway.config.listen).toEqual(LISTEN);
    expect(gateway.config.routes[0]).not.toHaveProperty('withoutTls');
    expect(await router.read(signal)).toEqual({ route: canaryAt(0) });
    made.files = files;
    expect(await router.read(signal)).toEqual({});
    await router.write(canaryAt(0), signal);
    expect(gateway.config).toMatchObject({ listen, routes: [{ tls: files, withoutTls: 'redirect' }] });
  });

  it('answers challenges until they are over, whatever happens to routes', async () => {
    const routes = routesOf();
    const challenges = [{ host: 'shop.test', token: 'a', answer: 'a.b' }];
    await routes.setChallenges(challenges);
    await gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes }).write(canaryAt(0), signal);
    expect(gateway.config).toMatchObject({ challenges, routes: [{ rollout: 'shop' }] });
    await routes.setChallenges([]);
    await routes.setChallenges([]);
    expect(gateway.config).not.toHaveProperty('challenges');
    expect(gateway.writes).toBe(3);
  });

  it('listens before there is any route', async () => {
    await routesOf().open();
    expect(gateway.config).toMatchObject({ version: 1, listen: LISTEN, routes: [] });
  });
});
