import { describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../test/gateway-fixture.ts';
import { isAlive, kill, portOf } from '../../test/gateway.ts';
import { eventually, named, send } from '../../test/proxy.ts';
import { FULL_SHARE } from '../base/share.ts';
import type { Route } from '../engine/observation.ts';
import type { GatewayClient } from '../gateway/client.ts';
import type { Endpoint } from '../gateway/protocol.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { GatewayTraffic } from '../rollout/traffic.ts';
import { gatewayRoutes, type GatewayRoutes } from './gateway-routes.ts';
import { gatewayRouter } from './gateway.ts';

const { upstream, home } = gatewayFixture();
const signal = new AbortController().signal;
const TRAFFIC: GatewayTraffic = { kind: 'gateway', path: '/', timeoutMs: 1_000 };
const ROUTE: Route = { parts: [{ track: 'stable', revision: 'r1-a' as RevisionId, weight: FULL_SHARE }] };
let endpoints: Endpoint[];

function routesOf(client: GatewayClient): GatewayRoutes {
  return gatewayRoutes({ client, listen: [{ host: '127.0.0.1', port: 0 }], endpointsOf: () => endpoints });
}

describe('our gateway behind its router', () => {
  it('sends nothing to a process that was taken out', async () => {
    const { client } = await home().gateway();
    const [leaving, staying] = [await upstream(named('leaving')), await upstream(named('staying'))];
    endpoints = [leaving.endpoint, staying.endpoint];
    const routes = routesOf(client);
    await gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes }).write(ROUTE, signal);
    const port = portOf(await client.state());
    endpoints = [staying.endpoint];
    await routes.refreshEndpoints('shop');
    expect(await client.drained([leaving.endpoint.id], 5_000)).toBe(true);
    await leaving.close();
    for (let i = 0; i < 20; i += 1) expect((await send(port)).body).toBe('staying');
  });

  it('confirms the same route after it was killed and started again, to another control process', async () => {
    const first = await home().gateway();
    endpoints = [(await upstream(named('ok'))).endpoint];
    const before = gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes: routesOf(first.client) });
    await before.write(ROUTE, signal);
    kill(first.state.pid);
    await eventually(() => !isAlive(first.state.pid), 'it is dead');
    expect(await before.read(signal)).toEqual({});
    const { client } = await home().gateway();
    const router = gatewayRouter({ rollout: 'shop', traffic: TRAFFIC, routes: routesOf(client) });
    expect(await router.read(signal)).toEqual({ route: ROUTE });
    expect(await before.read(signal)).toEqual({ route: ROUTE });
    expect((await client.state()).version).toBe(1);
  });
});
