import { describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../test/gateway-fixture.ts';
import { part, route, send } from '../../test/proxy.ts';
import { FULL_SHARE } from '../base/share.ts';
import type { Endpoint, GatewayRoute } from '../gateway/protocol.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import { gatewayMetrics } from './gateway.ts';

const { upstream, home } = gatewayFixture();
const signal = new AbortController().signal;
const question = { at: 0, checks: [] };

/** Everything to one revision on one track. */
function only(track: Track, revision: string, endpoint: Endpoint): GatewayRoute {
  return route([], { parts: [{ ...part(track, FULL_SHARE, [endpoint]), revision: revision as RevisionId }] });
}

describe('the metrics of our gateway', () => {
  it('are kept by track and revision from release to release', async () => {
    const { client } = await home().gateway();
    const { endpoint } = await upstream((req, res) => {
      res.statusCode = req.url === '/bad' ? 503 : 200;
      res.end();
    });
    const port = await home().serve(client, 1, [only('canary', 'r1-a', endpoint)]);
    await send(port);
    await send(port, { path: '/bad' });
    await home().serve(client, 2, [only('stable', 'r1-a', endpoint)]);
    await send(port);
    const reading = await gatewayMetrics(client, 'shop').read(question, signal);
    const seen = reading?.series.map(({ track, revision, counters }) => [
      track,
      revision,
      counters.requests,
      counters.errors,
      counters.latency.reduce((sum, [, count]) => sum + count, 0),
    ]);
    expect(seen).toContainEqual(['canary', 'r1-a', 2, 1, 2]);
    expect(seen).toContainEqual(['stable', 'r1-a', 1, 0, 1]);
    expect(reading?.epoch).toBe((await client.state()).epoch);
  });

  it('are absent while the gateway is away', async () => {
    const { client } = await home().gateway();
    await home().dispose();
    expect(await gatewayMetrics(client, 'shop').read(question, signal)).toBeUndefined();
  });

  it('tell of users, of draws by weight, and of the halves of stable while it is divided', async () => {
    const { client } = await home().gateway();
    const { endpoint } = await upstream((_req, res) => res.writeHead(500).end());
    const stable = part('stable', FULL_SHARE, [endpoint]);
    const sticky = { cookie: 'cm' };
    const port = await home().serve(client, 1, [
      route([], { sticky, parts: [{ ...stable, halves: { salt: 'run-1' } }] }),
    ]);
    for (let i = 0; i < 20; i += 1) await send(port);
    const reading = await gatewayMetrics(client, 'shop').read(question, signal);
    expect(reading?.series[0]?.counters).toMatchObject({ assigned: 20, users: { seen: 20, failed: 20 } });
    const { run, a, b } = reading?.halves ?? {};
    expect([run, (a?.requests ?? 0) + (b?.requests ?? 0)]).toEqual(['run-1', 20]);
    expect((a?.users?.failed ?? 0) + (b?.users?.failed ?? 0)).toBe(20);
    await home().serve(client, 2, [route([], { sticky, parts: [stable] })]);
    expect(await gatewayMetrics(client, 'shop').read(question, signal)).not.toHaveProperty('halves');
  });
});
