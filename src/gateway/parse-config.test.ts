import { describe, expect, it } from 'vitest';
import { part, route } from '../../test/proxy.ts';
import { Failure } from '../base/failure.ts';
import { parseConfig } from './parse-config.ts';

const ENDPOINT = { id: 'e1', host: '127.0.0.1', port: 80 };
const ROUTE = route([ENDPOINT], { host: 'shop.example', path: '/a/b', sticky: { cookie: 'cm' } });
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

  it('loses what nobody knows', () => {
    expect(parseConfig({ ...VALID, surprise: true })).toEqual(VALID);
  });

  const withRoute = (change: object): unknown => ({ ...VALID, routes: [{ ...ROUTE, ...change }] });
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
    ['no timeout', withRoute({ timeoutMs: 0 }), 'routes[0].timeoutMs'],
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
  ])('with one %s twice is a conflict', (_, config) => {
    expect(failureOf(config).code).toBe('conflict');
  });
});
