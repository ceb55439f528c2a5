import { readdirSync } from 'node:fs';
import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { configOf, portOf } from '../../../test/gateway.ts';
import { named, part, route, send } from '../../../test/proxy.ts';
import type { GatewayState } from '../protocol.ts';

const WORKERS = 2;
const CONNECTIONS = 32;

const { upstream, home } = gatewayFixture();
const agents: Agent[] = [];

afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
});

/** So many clients, each with a connection of its own that stays. */
function clients(port: number): (() => Promise<string>)[] {
  return Array.from({ length: CONNECTIONS }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    return () => send(port, { agent }).then(({ body }) => body);
  });
}

function all(asking: readonly (() => Promise<string>)[]): Promise<string[]> {
  return Promise.all(asking.map((ask) => ask()));
}

/** How many files, connections among them, each worker has open. */
function openFiles({ workers }: GatewayState): number[] {
  return workers.map(({ pid }) => readdirSync(`/proc/${pid}/fd`).length);
}

describe('a gateway of several workers', () => {
  it.runIf(process.platform === 'linux')('divides by its weights, exact to the binomial error', async () => {
    const { client } = await home().gateway(WORKERS);
    const [stable, canary] = [await upstream(named('stable')), await upstream(named('canary'))];
    const parts = [part('stable', 90_000, [stable.endpoint]), part('canary', 10_000, [canary.endpoint])];
    const port = await home().serve(client, 1, [route([], { parts })]);
    const idle = openFiles(await client.state());
    const asking = clients(port);
    let byCanary = 0;
    let count = 0;
    for (let round = 0; round < 200; round += 1)
      for (const body of await all(asking)) {
        count += 1;
        if (body === 'canary') byCanary += 1;
      }
    const busy = openFiles(await client.state());
    expect(busy.length).toBe(WORKERS);
    expect(busy.every((files, i) => files > (idle[i] ?? Infinity))).toBe(true);
    // Four and a half standard errors: once in 150,000 runs.
    expect(Math.abs(byCanary - count * 0.1)).toBeLessThan(4.5 * Math.sqrt(count * 0.1 * 0.9));
    const { tracks } = await client.counters('shop');
    const counted = Object.fromEntries(tracks.map(({ track, requests }) => [track, requests]));
    expect(counted).toEqual({ canary: byCanary, stable: count - byCanary });
  });

  it('has applied a config in all of them once it is confirmed', async () => {
    const { client } = await home().gateway(WORKERS);
    const [one, two] = [await upstream(named('one')), await upstream(named('two'))];
    const port = await home().serve(client, 1, [route([one.endpoint])]);
    const asking = clients(port);
    expect(new Set(await all(asking))).toEqual(new Set(['one']));
    for (let version = 2; version <= 30; version += 1) {
      const [name, { endpoint }] = version % 2 === 0 ? (['two', two] as const) : (['one', one] as const);
      const state = await client.apply(configOf(version, [route([endpoint])]));
      expect(portOf(state)).toBe(port);
      expect(new Set(await all(asking))).toEqual(new Set([name]));
    }
  });
});
