import { expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { kill } from '../../../test/gateway.ts';
import { eventually, part, route, send } from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import type { ServedCounters } from '../protocol.ts';

const { upstream, home } = gatewayFixture();

const USERS = 20;
const HALF = FULL_SHARE / 2;

it('a worker that is killed in an experiment takes nobody from their variant, and no count but what was in flight', async () => {
  const { client } = await home().gateway();
  let hung = 0;
  const variant = (name: string): ReturnType<typeof upstream> =>
    upstream((req, res) => {
      if (req.url === '/hang') hung += 1;
      else res.end(name);
    });
  const [blue, green] = [await variant('blue'), await variant('green')];
  const parts = [part('stable', HALF, [blue.endpoint]), part('variant:green', HALF, [green.endpoint])];
  const conversion = { method: 'POST', path: '/orders' };
  const experiment = { id: '7', unit: { from: 'cookie', name: 'uid' }, conversion } as const;
  const port = await home().serve(client, 1, [route([], { parts, experiment })]);
  const ask = (i: number, more: object = {}): Promise<{ readonly body: string }> =>
    send(port, { ...more, headers: { cookie: `uid=u${i}` } });
  const all = (of: (i: number) => object): Promise<readonly string[]> =>
    Promise.all(Array.from({ length: USERS }, async (_, i) => (await ask(i, of(i))).body));
  const met = async (): Promise<readonly (ServedCounters['met'] | undefined)[]> =>
    (await client.counters('shop')).tracks.map((track) => track.met);

  const before = await all((i) => (i % 4 === 0 ? { method: 'POST', path: '/orders' } : {}));
  expect(new Set(before).size).toBe(2);
  const counted = await met();
  const sum = (of: 'users' | 'converted'): number =>
    counted.reduce((total, one) => total + (one?.[of] ?? 0), 0);
  expect([sum('users'), sum('converted')]).toEqual([USERS, USERS / 4]);

  // Somebody new, whose request is in flight, is lost with the worker.
  const doomed = ask(USERS, { path: '/hang' }).then(
    () => 'answered',
    () => 'failed',
  );
  await eventually(() => hung === 1, 'the request has arrived');
  const killed = (await client.state()).workers[0]?.pid ?? 0;
  kill(killed);
  expect(await doomed).toBe('failed');
  expect(await all(() => ({}))).toEqual(before);
  const state = await client.state();
  home().note(state);
  expect([state.restarts, state.workers[0]?.pid === killed]).toEqual([1, false]);
  expect(await met()).toEqual(counted);
});
