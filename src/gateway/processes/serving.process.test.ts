import { spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { configOf, failureOf, kill, portOf } from '../../../test/gateway.ts';
import { eventually, named, part, route, send } from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import { gatewayClient } from '../client.ts';
import type { GatewayRoute } from '../protocol.ts';

const { upstream, home } = gatewayFixture();

describe('serving', () => {
  it('counts for each revision on each track, and shows it to Prometheus', async () => {
    const { client } = await home().gateway();
    const ok = await upstream(named('ok'));
    const bad = await upstream((_req, res) => res.writeHead(500).end());
    const parts = [part('stable', 50_000, [ok.endpoint]), part('canary', 50_000, [bad.endpoint])];
    const port = await home().serve(client, 1, [route([], { parts })]);
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await send(port)).status));
    const failed = statuses.filter((status) => status === 500).length;
    const { tracks } = await client.counters('shop');
    expect(tracks.find(({ track }) => track === 'stable')).toMatchObject({
      revision: 'r1-stable',
      current: true,
      requests: 100 - failed,
      errors: 0,
      active: 0,
    });
    const canary = tracks.find(({ track }) => track === 'canary');
    expect(canary).toMatchObject({ requests: failed, errors: failed, codes: [0, 0, 0, failed, 0, 0] });
    expect(canary?.latency.reduce((sum, [, count]) => sum + count, 0)).toBe(failed);
    expect(await client.counters('other')).toMatchObject({ tracks: [] });
    const text = await client.metrics();
    expect(text).toContain(
      `coalmine_gateway_requests_total{rollout="shop",track="canary",revision="r1-canary",code_class="5xx"} ${failed}`,
    );
  });

  it('fails no request while the weights change 200 times', async () => {
    const { client } = await home().gateway();
    const [stable, canary] = await Promise.all([upstream(named('stable')), upstream(named('canary'))]);
    const at = (weight: number): GatewayRoute[] => [
      route([], {
        parts: [
          part('stable', FULL_SHARE - weight, [stable.endpoint]),
          part('canary', weight, [canary.endpoint]),
        ],
      }),
    ];
    const port = await home().serve(client, 1, at(0));
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const bodies: string[] = [];
    let running = true;
    const clients = Array.from({ length: 4 }, async () => {
      while (running) bodies.push((await send(port, { agent })).body);
    });
    for (let i = 2; i <= 201; i += 1) await home().serve(client, i, at((i * 7_919) % FULL_SHARE));
    running = false;
    await Promise.all(clients);
    agent.destroy();
    expect(bodies.filter((body) => body !== 'stable' && body !== 'canary')).toEqual([]);
    const { tracks } = await client.counters();
    expect(tracks.reduce((sum, { requests }) => sum + requests, 0)).toBe(bodies.length);
  });

  it('sends nothing to endpoints that were removed, and says when they are idle', async () => {
    const { client } = await home().gateway();
    let finish: () => void = () => undefined;
    let arrivals = 0;
    const old = await upstream((_req, res) => {
      arrivals += 1;
      finish = () => res.end('old');
    });
    const next = await upstream(named('new'));
    const port = await home().serve(client, 1, [route([old.endpoint])]);
    const slow = send(port);
    await eventually(() => arrivals === 1, 'the request has arrived');
    await home().serve(client, 2, [route([next.endpoint])]);
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => (await send(port)).body));
    expect(new Set(bodies)).toEqual(new Set(['new']));
    expect(await client.drained([old.endpoint.id], 50)).toBe(false);
    expect(await client.inflight()).toEqual({ endpoints: { [old.endpoint.id]: 1 } });
    const drained = client.drained([old.endpoint.id], 10_000);
    finish();
    expect(await drained).toBe(true);
    expect((await slow).body).toBe('old');
    expect(arrivals).toBe(1);
  });

  it('does not say that an endpoint is idle while a worker does not answer', async () => {
    const { client, state } = await home().gateway();
    let finish: () => void = () => undefined;
    let arrivals = 0;
    const { endpoint } = await upstream((_req, res) => {
      arrivals += 1;
      finish = () => res.end('slow');
    });
    const port = await home().serve(client, 1, [route([endpoint])]);
    await client.counters();
    const slow = send(port);
    await eventually(() => arrivals === 1, 'the request has arrived');
    const worker = state.workers[0]?.pid ?? 0;
    kill(worker, 'SIGSTOP');
    expect(await failureOf(client.inflight())).toMatchObject({ code: 'timedOut' });
    const drained = client.drained([endpoint.id], 30_000);
    kill(worker, 'SIGCONT');
    finish();
    expect(await drained).toBe(true);
    expect((await slow).body).toBe('slow');
  });

  it('listens where it is told, and no longer where it is not', async () => {
    const { client } = await home().gateway();
    const { endpoint } = await upstream(named('a'));
    const first = await home().serve(client, 1, [route([endpoint])]);
    const both = await client.apply({
      version: 2,
      listen: [
        { host: '127.0.0.1', port: 0 },
        { host: '::1', port: 0 },
      ],
      routes: [route([endpoint])],
    });
    expect(both.listening).toHaveLength(2);
    expect(portOf(both)).toBe(first);
    await client.apply({ version: 3, listen: [], routes: [] });
    await expect(send(first)).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('two workers', () => {
  it('count together and change together', async () => {
    const gateway = spawn(process.execPath, [home().entry, '--dir', home().dir, '--workers', '2'], {
      stdio: 'ignore',
    });
    const client = gatewayClient(home().dir);
    await eventually(
      () =>
        client.state().then(
          () => true,
          () => false,
        ),
      'it is up',
    );
    const [a, b] = [await upstream(named('a')), await upstream(named('b'))];
    const port = await home().serve(client, 1, [route([a.endpoint])]);
    expect((await client.state()).workers).toHaveLength(2);
    for (let i = 0; i < 50; i += 1) expect((await send(port)).body).toBe('a');
    await home().serve(client, 2, [route([b.endpoint])]);
    for (let i = 0; i < 50; i += 1) expect((await send(port)).body).toBe('b');
    expect((await client.counters()).tracks).toMatchObject([{ requests: 100, errors: 0, assigned: 100 }]);
    const stable = { ...part('stable', FULL_SHARE, [a.endpoint, b.endpoint]), halves: { salt: 'one' } };
    await home().serve(client, 3, [route([], { sticky: { cookie: 'cm' }, parts: [stable] })]);
    const bodies: string[] = [];
    for (let i = 0; i < 50; i += 1) bodies.push((await send(port)).body);
    const [served] = (await client.counters()).tracks;
    // Without their cookies these are 50 users.
    expect(served).toMatchObject({ requests: 150, assigned: 150, users: { seen: 50, failed: 0 } });
    const { halves } = served ?? {};
    const ofA = bodies.filter((body) => body === 'a').length;
    expect([halves?.a.requests, halves?.b.requests].sort()).toEqual([ofA, 50 - ofA].sort());
    gateway.kill('SIGTERM');
    await new Promise((resolve) => gateway.once('exit', resolve));
  });
});

describe('refusing a config', () => {
  it('of an older version, or another of the same', async () => {
    const { client } = await home().gateway();
    await client.apply(configOf(5, []));
    expect(await failureOf(client.apply(configOf(4, [])))).toMatchObject({ code: 'conflict' });
    expect(await failureOf(client.apply(configOf(5, [route([])])))).toMatchObject({ code: 'conflict' });
    expect((await client.apply(configOf(5, []))).version).toBe(5);
  });

  it('that makes no sense, naming the field', async () => {
    const { client } = await home().gateway();
    const wrong = { ...configOf(1, []), routes: [{ ...route([]), path: 'shop' }] };
    expect((await failureOf(client.apply(wrong))).message).toContain('routes[0].path');
    expect((await client.state()).version).toBe(0);
  });

  it('with a port that is taken, naming the owner, and going on as before', async () => {
    const { client } = await home().gateway();
    const { endpoint, port: taken } = await upstream(named('a'));
    const port = await home().serve(client, 1, [route([endpoint])]);
    const listen = [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: taken },
    ];
    const failure = await failureOf(client.apply({ version: 2, listen, routes: [] }));
    expect(failure.code).toBe('portTaken');
    expect(failure.message).toContain(`127.0.0.1:${taken}`);
    if (process.platform === 'linux') expect(failure.message).toContain(`pid ${process.pid}`);
    expect(await client.state()).toMatchObject({ version: 1, listening: [{ boundPort: port }] });
    expect((await send(port)).body).toBe('a');
  });
});
