import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, named, part, proxyFixture, route, send } from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import { pointOf } from '../routing/assign.ts';
import type { GatewayRoute } from '../protocol.ts';
import { readId } from '../routing/sticky.ts';

const { upstream, proxy, serving, closeAll } = proxyFixture();

afterEach(closeAll);

describe('dividing requests', () => {
  async function split(canary: number): Promise<{ parts: GatewayRoute['parts'] }> {
    const [stable, candidate] = await Promise.all([upstream(named('stable')), upstream(named('canary'))]);
    return {
      parts: [
        part('stable', FULL_SHARE - canary, [stable.endpoint]),
        part('canary', canary, [candidate.endpoint]),
      ],
    };
  }

  it('is binomial', async () => {
    const started = await proxy([route([], await split(20_000))]);
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const count = 4_000;
    const answers = await Promise.all(Array.from({ length: count }, () => send(started.port, { agent })));
    agent.destroy();
    const onCanary = answers.filter(({ body }) => body === 'canary').length;
    // Six standard deviations: wrong once in half a thousand million runs.
    expect(Math.abs(onCanary - 0.2 * count)).toBeLessThan(6 * Math.sqrt(count * 0.2 * 0.8));
  });

  it('keeps a client where its id is, adding the cookie to those of the workload', async () => {
    const { endpoint } = await upstream((_req, res) => res.setHeader('set-cookie', 'own=1').end());
    const { port } = await proxy([route([endpoint], { sticky: { cookie: 'cm' } })]);
    const cookies = (await send(port)).headers['set-cookie'] ?? [];
    expect(cookies[0]).toBe('own=1');
    expect(cookies[1]).toMatch(/^cm=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/);
    const cookie = cookies[1]?.split(';')[0] ?? '';
    expect((await send(port, { headers: { cookie } })).headers['set-cookie']).toEqual(['own=1']);
    const secure = await send(port, { headers: { 'x-forwarded-proto': 'https' } });
    expect(secure.headers['set-cookie']?.[1]).toMatch(/; Secure$/);
  });

  it('replaces an id that is not one of ours', async () => {
    const { endpoint } = await upstream(named('a'));
    const { port } = await proxy([route([endpoint], { sticky: { cookie: 'cm' } })]);
    const answer = await send(port, { headers: { cookie: `cm=${'x'.repeat(4_000)}` } });
    expect(answer.headers['set-cookie']).toHaveLength(1);
  });

  it('never sends a client on the canary back while the weight grows', async () => {
    const { parts } = await split(0);
    const [stable, canary] = parts.map(({ endpoints }) => endpoints);
    const started = await proxy([]);
    const serve = (weight: number): void => {
      const next = [part('stable', FULL_SHARE - weight, stable ?? []), part('canary', weight, canary ?? [])];
      started.serve([route([], { sticky: { cookie: 'cm' }, parts: next })]);
    };
    serve(5_000);
    const ids = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const cookie = (await send(started.port)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
        return readId(cookie, 'cm') ?? '';
      }),
    );
    for (const weight of [5_000, 25_000, 50_000, 75_000, FULL_SHARE]) {
      serve(weight);
      const answers = await Promise.all(
        ids.map((id) => send(started.port, { headers: { cookie: `cm=${id}` } })),
      );
      const expected = ids.map((id) => (pointOf('shop', id) < weight ? 'canary' : 'stable'));
      expect(answers.map(({ body }) => body)).toEqual(expected);
    }
  });
});

describe('changing the config under load', () => {
  it('fails no request', async () => {
    const [stable, canary] = await Promise.all([upstream(named('stable')), upstream(named('canary'))]);
    const started = await proxy([route([stable.endpoint])]);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    let running = true;
    const statuses: number[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      while (running) statuses.push((await send(started.port, { agent })).status);
    });
    for (let i = 0; i < 200; i += 1) {
      const weight = (i % 2) * 50_000;
      const parts = [part('stable', FULL_SHARE - weight, [stable.endpoint])];
      if (weight > 0) parts.push(part('canary', weight, [canary.endpoint]));
      started.serve([route([], { parts })]);
      const before = statuses.length;
      await eventually(() => statuses.length > before + 2, 'requests go on');
    }
    running = false;
    await Promise.all(clients);
    agent.destroy();
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(started.counted().reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(0);
  });

  it('lets requests at removed endpoints end, and sends them no new ones', async () => {
    let finish: () => void = () => undefined;
    let arrivals = 0;
    const old = await upstream((_req, res) => {
      arrivals += 1;
      finish = () => res.end('old');
    });
    const next = await upstream(named('new'));
    const started = await proxy([route([old.endpoint])]);
    const slow = send(started.port);
    await eventually(() => arrivals === 1, 'the request has arrived');
    started.serve([route([next.endpoint])]);
    for (let i = 0; i < 20; i += 1) expect((await send(started.port)).body).toBe('new');
    expect(started.table.inflight()).toEqual({ [old.endpoint.id]: 1 });
    finish();
    expect((await slow).body).toBe('old');
    expect(started.table.inflight()).toEqual({});
    expect(arrivals).toBe(1);
  });

  it('counts a part that comes back together with what it had under way', async () => {
    let finish: () => void = () => undefined;
    const { endpoint } = await upstream((_req, res) => {
      finish = () => res.end();
    });
    const started = await proxy([route([endpoint])]);
    const slow = send(started.port);
    await eventually(() => Object.keys(started.table.inflight()).length > 0, 'the request is under way');
    started.serve([]);
    started.serve([route([endpoint])]);
    finish();
    await slow;
    expect(started.counted()).toMatchObject([{ requests: 1, active: 0 }]);
  });

  it('tells clients to connect anew once it is draining', async () => {
    const started = await serving(named('a'));
    const agent = new Agent({ keepAlive: true });
    expect((await send(started.port, { agent })).headers.connection).toBe('keep-alive');
    started.drain();
    expect((await send(started.port, { agent })).headers.connection).toBe('close');
    agent.destroy();
  });
});
