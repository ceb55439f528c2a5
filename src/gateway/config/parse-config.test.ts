import { describe, expect, it } from 'vitest';
import { part, route } from '../../../test/proxy.ts';
import { Failure } from '../../base/failure.ts';
import type { Share } from '../../base/share.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { parseConfig } from './parse-config.ts';

const ENDPOINT = { id: 'e1', host: '127.0.0.1', port: 80 };
const MIRROR = {
  track: 'shadow',
  revision: 'r1-b' as RevisionId,
  share: 10_000 as Share,
  methods: ['GET'],
  compare: { status: true, headers: false, body: { ignore: ['/ts'] } },
  endpoints: [ENDPOINT],
} as const;
const ROUTE = route([ENDPOINT], {
  host: 'shop.example',
  path: '/a/b',
  sticky: { cookie: 'cm' },
  mirrors: [MIRROR],
});
const VALID = { version: 1, listen: [{ host: '::', port: 0 }], routes: [ROUTE] };

function failureOf(config: unknown): Failure {
  try {
    parseConfig(config);
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('no failure');
}

describe('a config from outside', () => {
  it('that makes sense is taken as it is', () => {
    expect(parseConfig(JSON.parse(JSON.stringify(VALID)))).toEqual(VALID);
  });

  it('keeps what a part matches', () => {
    const match = [
      { header: { name: 'a', exact: '1' }, path: { prefix: '/shop' }, method: 'GET', user: 5_000 },
      { cookie: { name: 'b', present: false }, query: { name: 'c', regex: 'v.' } },
    ];
    const parts = [{ ...ROUTE.parts[0], match }];
    const config = { ...VALID, routes: [{ ...ROUTE, parts }] };
    expect(parseConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('keeps what is to be answered to authorities', () => {
    const challenges = [{ host: 'shop.example', token: 'a-b_c', answer: 'a-b_c.d' }];
    expect(parseConfig({ ...VALID, challenges })).toEqual({ ...VALID, challenges });
    for (const wrong of [{ token: '../x' }, { answer: 'a\r\nb' }, { host: 'shop example' }, { token: 7 }])
      expect(failureOf({ ...VALID, challenges: [{ ...challenges[0], ...wrong }] }).message).toContain(
        'challenges[0]',
      );
  });

  it('keeps its experiment', () => {
    const conversion = { method: 'POST', path: '/orders', status: 2 };
    for (const unit of [
      { from: 'gateway', cookie: 'cm' },
      { from: 'query', name: 'u' },
    ] as const) {
      for (const counted of [
        { conversion },
        { harm: { failed: true } },
        { harm: { slowerThanMs: 300 } },
        {},
      ]) {
        const config = { ...VALID, routes: [{ ...ROUTE, experiment: { id: '1', unit, ...counted } }] };
        expect(parseConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
      }
    }
  });

  it('loses what nobody knows', () => {
    expect(parseConfig({ ...VALID, surprise: true })).toEqual(VALID);
  });

  const withRoute = (change: object): unknown => ({ ...VALID, routes: [{ ...ROUTE, ...change }] });
  const withMatch = (match: unknown): unknown => withRoute({ parts: [{ ...ROUTE.parts[0], match }] });
  it.each([
    ['nothing', undefined, 'config'],
    ['a list', [], 'config'],
    ['no version', { ...VALID, version: undefined }, 'config.version'],
    ['version 0', { ...VALID, version: 0 }, 'config.version'],
    ['half a version', { ...VALID, version: 1.5 }, 'config.version'],
    ['listen that is no list', { ...VALID, listen: {} }, 'config.listen'],
    ['a name to listen on', { ...VALID, listen: [{ host: 'localhost', port: 1 }] }, 'listen[0].host'],
    ['a port too large', { ...VALID, listen: [{ host: '::', port: 65_536 }] }, 'listen[0].port'],
    ['a host with capitals', withRoute({ host: 'Shop' }), 'routes[0].host'],
    ['a host with a port', withRoute({ host: 'shop:80' }), 'routes[0].host'],
    ['a path without a slash', withRoute({ path: 'a' }), 'routes[0].path'],
    ['a path that ends with one', withRoute({ path: '/a/' }), 'routes[0].path'],
    ['a path with a query', withRoute({ path: '/a?b' }), 'routes[0].path'],
    [
      'a cookie name that breaks headers',
      withRoute({ sticky: { cookie: 'a;b' } }),
      'routes[0].sticky.cookie',
    ],
    ['a mirror of nothing', withRoute({ mirrors: [{ ...MIRROR, share: 0 }] }), 'routes[0].mirrors[0].share'],
    [
      'a comparison that ignores what is no pointer',
      withRoute({ mirrors: [{ ...MIRROR, compare: { body: { ignore: ['ts'] } } }] }),
      'routes[0].mirrors[0].compare.body.ignore[0]',
    ],
    [
      'a mirror of no method',
      withRoute({ mirrors: [{ ...MIRROR, methods: ['get'] }] }),
      'routes[0].mirrors[0].methods[0]',
    ],
    ['no timeout', withRoute({ timeoutMs: 0 }), 'routes[0].timeoutMs'],
    ['retries without reasons', withRoute({ retries: { attempts: 1 } }), 'routes[0].retries.on'],
    ['no retry', withRoute({ retries: { attempts: 0, on: ['5xx'] } }), 'routes[0].retries.attempts'],
    ['no request at once', withRoute({ maxRequests: 0 }), 'routes[0].maxRequests'],
    ['ejection without an end', withRoute({ eject: { after: 1 } }), 'routes[0].eject.forMs'],
    [
      'a trace sampled more than always',
      withRoute({ tracing: { sample: 100_001 } }),
      'routes[0].tracing.sample',
    ],
    [
      'a relative access log',
      withRoute({ accessLog: { path: 'a', maxBytes: 1, keep: 1 } }),
      'routes[0].accessLog.path',
    ],
    [
      'an access log without an end',
      withRoute({ accessLog: { path: '/a', keep: 1 } }),
      'routes[0].accessLog.maxBytes',
    ],
    ['an experiment without a unit', withRoute({ experiment: { id: '1' } }), 'routes[0].experiment.unit'],
    [
      'an experiment of a path with a query',
      withRoute({ experiment: { id: '1', unit: { from: 'header', name: 'a' }, conversion: { path: '/?' } } }),
      'routes[0].experiment.conversion.path',
    ],
    [
      'an experiment of a harm that nobody knows',
      withRoute({ experiment: { id: '1', unit: { from: 'header', name: 'a' }, harm: {} } }),
      'routes[0].experiment.harm.slowerThanMs',
    ],
    ['a match of nothing', withMatch([]), 'parts[0].match'],
    ['a match that asks nothing', withMatch([{}]), 'parts[0].match[0]'],
    ['a test of nothing', withMatch([{ header: { name: 'a' } }]), 'match[0].header'],
    ['a pattern that is none', withMatch([{ path: { regex: '(' } }]), 'match[0].path.regex'],
    ['a method in small letters', withMatch([{ method: 'get' }]), 'match[0].method'],
    ['more users than all', withMatch([{ user: 100_001 }]), 'match[0].user'],
    ['a façade of nobody', withRoute({ paths: [{ path: '/', to: { kind: 'old' } }] }), 'paths[0].to.legacy'],
    [
      'an old system that no URL names',
      withRoute({ paths: [{ path: '/', to: { kind: 'legacy', legacy: { host: 'a b', port: 80 } } }] }),
      'paths[0].to.legacy.host',
    ],
    [
      'an old system without a port',
      withRoute({ paths: [{ path: '/', to: { kind: 'legacy', legacy: { host: 'a' } } }] }),
      'paths[0].to.legacy.port',
    ],
    [
      'more than all of a path',
      withRoute({
        paths: [{ path: '/', to: { kind: 'split', legacy: { host: 'a', port: 1 }, share: 100_001 } }],
      }),
      'paths[0].to.share',
    ],
    [
      'a path of a façade without a slash',
      withRoute({ paths: [{ path: 'a', to: { kind: 'new' } }] }),
      'paths[0].path',
    ],
    ['another host for old systems', withRoute({ legacyHost: 'theirs' }), 'routes[0].legacyHost'],
    ['maintenance without a beginning', withRoute({ maintenance: { retryAfterMs: 1 } }), 'maintenance.since'],
    [
      'a wait of no time',
      withRoute({ maintenance: { since: 0, retryAfterMs: 1, holdMs: 0 } }),
      'maintenance.holdMs',
    ],
    [
      'a value in place of its hash',
      withRoute({ maintenance: { since: 0, retryAfterMs: 1, allow: { header: 'a', digest: 'b' } } }),
      'maintenance.allow.digest',
    ],
    ['weights below all of it', withRoute({ parts: [part('stable', 99_999, [])] }), 'routes[0].parts'],
    ['a weight below nothing', withRoute({ parts: [part('stable', -1, [])] }), 'routes[0].parts[0].weight'],
    [
      'a track nobody knows',
      withRoute({ parts: [{ ...part('stable', 100_000, []), track: 'x' }] }),
      'parts[0].track',
    ],
    [
      'an endpoint without a port',
      withRoute({ parts: [part('stable', 100_000, [{ ...ENDPOINT, port: 0 }])] }),
      'routes[0].parts[0].endpoints[0].port',
    ],
  ])('with %s is refused by name', (_, config, at) => {
    const failure = failureOf(config);
    expect(failure.code).toBe('usage');
    expect(failure.message).toContain(at);
  });

  it.each([
    ['address', { ...VALID, listen: [...VALID.listen, ...VALID.listen] }],
    ['host and path', { ...VALID, routes: [ROUTE, { ...ROUTE, rollout: 'other' }] }],
    ['Rollout', { ...VALID, routes: [ROUTE, { ...ROUTE, path: '/other' }] }],
    ['track', withRoute({ parts: [part('stable', 50_000, []), part('stable', 50_000, [])] })],
    ['track', withRoute({ mirrors: [{ ...MIRROR, track: 'stable' }] })],
  ])('with one %s twice is a conflict', (_, config) => {
    expect(failureOf(config).code).toBe('conflict');
  });
});
