import { afterEach, describe, expect, it } from 'vitest';
import { named, part, proxyFixture, route, send } from '../../../test/proxy.ts';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { Match } from '../../rollout/match.ts';
import { audienceOf } from '../routing/audience.ts';
import { idSource } from '../routing/sticky.ts';
import type { CounterDelta, GatewayRoute } from '../protocol.ts';

const { upstream, proxy, closeAll } = proxyFixture();
const newId = idSource();

afterEach(closeAll);

const BETA: Match = [{ header: { name: 'X-Beta', exact: '1' } }];

/** A request, from what is different about it. */
function fits(
  match: Match,
  asked: { path?: string; method?: string; headers?: string[]; cookie?: string },
): boolean {
  const { path = '/', method = 'GET', headers = [], cookie = '' } = asked;
  return audienceOf(match, 'shop')({ head: { path, method, headers, cookie }, id: undefined });
}

describe('a match', () => {
  it.each<[string, Match, Parameters<typeof fits>[1], boolean]>([
    ['a header by its name in any case', BETA, { headers: ['x-bEta', '1'] }, true],
    ['a header with another value', BETA, { headers: ['x-beta', '11'] }, false],
    ['a header that comes twice', BETA, { headers: ['x-beta', '0', 'x-beta', '1'] }, true],
    ['a header that must be there', [{ header: { name: 'a', present: true } }], { headers: ['a', ''] }, true],
    ['a header that must not', [{ header: { name: 'a', present: false } }], { headers: ['a', ''] }, false],
    ['a cookie', [{ cookie: { name: 'beta', prefix: 'y' } }], { cookie: 'a=1; beta=yes' }, true],
    [
      'a cookie of a longer name',
      [{ cookie: { name: 'beta', prefix: 'y' } }],
      { cookie: 'xbeta=yes' },
      false,
    ],
    ['a parameter', [{ query: { name: 'v', exact: 'a b' } }], { path: '/?u=1&v=a+b' }, true],
    ['a parameter in its code', [{ query: { name: 'v', exact: 'ü&' } }], { path: '/?v=%C3%BC%26' }, true],
    ['a parameter badly coded', [{ query: { name: 'v', exact: '%zz' } }], { path: '/?v=%zz' }, true],
    ['a parameter without a value', [{ query: { name: 'v', present: true } }], { path: '/?v' }, true],
    ['no query at all', [{ query: { name: 'v', present: false } }], { path: '/v' }, true],
    ['a path below a prefix', [{ path: { prefix: '/shop' } }], { path: '/shop/cart?x' }, true],
    ['a path that only begins so', [{ path: { prefix: '/shop' } }], { path: '/shopping' }, false],
    ['a whole path', [{ path: { exact: '/shop' } }], { path: '/shop?x=1' }, true],
    ['a pattern of a path', [{ path: { regex: '/v[12]/.*' } }], { path: '/v2/x?y' }, true],
    ['a pattern in the middle of a path', [{ path: { regex: 'v[12]' } }], { path: '/v2' }, false],
    ['a method', [{ method: 'POST' }], { method: 'GET' }, false],
    ['half of what an item wants', [{ ...BETA[0], method: 'POST' }], { headers: ['x-beta', '1'] }, false],
    ['another item', [{ method: 'POST' }, ...BETA], { headers: ['x-beta', '1'] }, true],
  ])('decides on %s', (...[, match, asked, expected]) => {
    expect(fits(match, asked)).toBe(expected);
  });

  it('has a share of the users that has nothing to do with their place among the weights', () => {
    const half = audienceOf([{ user: (FULL_SHARE / 2) as Share }], 'shop');
    const head = { path: '/', method: 'GET', headers: [], cookie: '' };
    const ids = Array.from({ length: 4_000 }, newId);
    const inside = ids.filter((id) => half({ head, id }));
    expect(Math.abs(inside.length - 2_000)).toBeLessThan(6 * Math.sqrt(1_000));
    expect(ids.filter((id) => half({ head, id }))).toEqual(inside);
    const other = audienceOf([{ user: (FULL_SHARE / 2) as Share }], 'other');
    expect(Math.abs(inside.filter((id) => other({ head, id })).length - inside.length / 2)).toBeLessThan(200);
    expect(half({ head, id: undefined })).toBe(false);
  });
});

describe('requests of a match', () => {
  async function matching(weight: number, more: Partial<GatewayRoute> = {}) {
    const [stable, canary] = await Promise.all([upstream(named('stable')), upstream(named('canary'))]);
    const parts = [
      part('stable', FULL_SHARE - weight, [stable.endpoint]),
      { ...part('canary', weight, [canary.endpoint]), match: BETA },
    ];
    return { ...(await proxy([route([], { ...more, parts })])), canary };
  }

  const of = (counted: readonly CounterDelta[], track: string): Partial<CounterDelta> =>
    counted.find((delta) => delta.track === track) ?? {};

  it('go to its part whatever the weight, the others as the weights say', async () => {
    const { port } = await matching(0);
    for (let i = 0; i < 20; i += 1) {
      expect((await send(port, { headers: { 'x-beta': '1' } })).body).toBe('canary');
      expect((await send(port)).body).toBe('stable');
    }
  });

  it('are counted apart, and are no draw', async () => {
    const started = await matching(FULL_SHARE / 2);
    for (let i = 0; i < 30; i += 1) await send(started.port, { headers: { 'x-beta': '1' } });
    for (let i = 0; i < 60; i += 1) await send(started.port);
    const counted = started.counted();
    const [stable, canary] = [of(counted, 'stable'), of(counted, 'canary')];
    expect(canary.matched?.requests).toBe(30);
    expect(canary.requests).toBe(30 + (canary.assigned ?? 0));
    expect((stable.assigned ?? 0) + (canary.assigned ?? 0)).toBe(60);
    expect(stable).not.toHaveProperty('matched');
  });

  it('leave their users where weights have put them, and count these apart', async () => {
    const started = await matching(0, { sticky: { cookie: 'cm' } });
    const cookie = (await send(started.port)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect((await send(started.port, { headers: { cookie, 'x-beta': '1' } })).body).toBe('canary');
    expect((await send(started.port, { headers: { cookie } })).body).toBe('stable');
    const canary = of(started.counted(), 'canary');
    expect(canary.users?.seen ?? 0).toBe(0);
    expect(canary.matched?.users?.seen).toBe(1);
  });

  it('go to stable while nobody of their part can serve', async () => {
    const started = await matching(0);
    await started.canary.close();
    expect((await send(started.port, { headers: { 'x-beta': '1' } })).body).toBe('stable');
  });

  it('never take up those that weights could not serve', async () => {
    const canary = await upstream(named('canary'));
    const parts = [part('stable', FULL_SHARE, []), { ...part('canary', 0, [canary.endpoint]), match: BETA }];
    const { port } = await proxy([route([], { parts })]);
    expect((await send(port)).status).toBe(503);
  });

  it('belong to the first part that they fit', async () => {
    const [green, red] = await Promise.all([upstream(named('green')), upstream(named('red'))]);
    const parts = [
      { ...part('variant:red', FULL_SHARE, [red.endpoint]), match: BETA },
      { ...part('variant:green', 0, [green.endpoint]), match: BETA },
    ];
    const { port } = await proxy([route([], { parts })]);
    expect((await send(port, { headers: { 'x-beta': '1' } })).body).toBe('red');
  });
});
