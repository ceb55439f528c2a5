import { describe, expect, it } from 'vitest';
import { examineRollout } from './rollout.ts';
import { resolveGateway } from './traffic.ts';

type Written = Parameters<typeof resolveGateway>[0];

function resolved(routes: NonNullable<Written['routes']>, more: Partial<Written> = {}) {
  const told: string[] = [];
  const report = (path: string, reason: string, hint = ''): void =>
    void told.push(`${path}: ${reason}; ${hint}`);
  const traffic = resolveGateway({ routes, ...more }, { path: 'gateway', report }, 'shop');
  return { told, routes: traffic.routes?.map(({ to }) => to), traffic };
}

const OLD = 'http://old.example:8080';

describe('the routes of a façade', () => {
  it('name their old systems by host and port', () => {
    const { told, routes } = resolved([
      { path: '/a', to: { legacy: 'http://old' } },
      { path: '/b', to: { split: { legacy: 'https://old.example/', new: '5%' } } },
      { path: '/c', to: { newWithFallback: { legacy: 'http://[::1]:81' } } },
      { path: '/d', to: { new: {} } },
    ]);
    expect(told).toEqual([]);
    expect(routes).toEqual([
      { kind: 'legacy', legacy: { host: 'old', port: 80 } },
      { kind: 'split', legacy: { host: 'old.example', port: 443, tls: true }, share: 5_000 },
      { kind: 'newWithFallback', legacy: { host: '::1', port: 81 } },
      { kind: 'new' },
    ]);
  });

  it('tell old systems the host that was asked for unless the Rollout wants another', () => {
    const routes = [{ path: '/', to: { legacy: OLD } }];
    expect(resolved(routes, { legacyHost: 'asked' }).traffic).not.toHaveProperty('legacyHost');
    expect(resolved(routes, { legacyHost: 'own' }).traffic).toHaveProperty('legacyHost', 'own');
  });

  it.each([
    ['http://', 'is not a URL'],
    ['http://user:secret@old', 'a user or password'],
    ['http://old/base', 'a path of its own'],
    ['http://old/?x', 'a path of its own'],
    ['http://old:0', 'port 0'],
    ['https://10.0.0.7', 'this is an address'],
  ])('cannot lead to %s', (legacy, reason) => {
    const { told } = resolved([{ path: '/', to: { legacy } }]);
    expect(told).toEqual([expect.stringMatching(/^gateway\.routes\[0\]\.to\.legacy: /)]);
    expect(told[0]).toContain(reason);
    expect(told[0]).not.toContain('secret');
  });

  it.each([
    ['[]', '', 'must not be empty'],
    ['[{ "path": "/" }]', '[0].to', 'is required'],
    ['[{ "path": "shop", "to": { "new": {} } }]', '[0].path', 'whole segments'],
    ['[{ "path": "/", "to": {} }]', '[0].to', 'needs one target: legacy, new'],
    ['[{ "path": "/", "to": { "new": {}, "legacy": "http://a" } }]', '[0].to', 'more than one target'],
    ['[{ "path": "/", "to": { "legacy": "ftp://old" } }]', '[0].to.legacy', 'is not an http or https URL'],
    [
      '[{ "path": "/", "to": { "split": { "legacy": "http://a", "new": 5 } } }]',
      '[0].to.split.new',
      'a number',
    ],
    ['[{ "path": "/", "to": { "split": { "legacy": "http://a" } } }]', '[0].to.split.new', 'is required'],
  ])('written as %s are refused', (written, path, reason) => {
    const { findings } = examineRollout({
      apiVersion: 'coalmine.dev/v1',
      kind: 'Rollout',
      metadata: { name: 'shop' },
      spec: {
        workload: { process: { from: '.', command: ['node'] } },
        traffic: { gateway: { routes: JSON.parse(written) as unknown } },
        strategy: { recreate: {} },
      },
    });
    expect(findings.map((one) => one.path)).toEqual([`spec.traffic.gateway.routes${path}`]);
    expect(findings[0]?.reason).toContain(reason);
  });

  it('are what tells old systems a host', () => {
    const told: string[] = [];
    const report = (path: string): void => void told.push(path);
    resolveGateway({ legacyHost: 'own' }, { path: 'gateway', report }, 'shop');
    expect(told).toEqual(['gateway.legacyHost']);
  });

  it('are refused when they can never count', () => {
    const to = { new: {} };
    const { told } = resolved(
      [
        { path: '/shop/cart', to },
        { path: '/shop', to },
        { path: '/shop/old', to },
        { path: '/shopping', to },
      ],
      { path: '/shop' },
    );
    expect(told).toEqual([
      'gateway.routes[2].path: /shop/old is never reached: /shop, above it, takes its requests; the first route that fits counts: put it above',
      'gateway.routes[3].path: /shopping never comes here; traffic.gateway.path is /shop',
    ]);
  });
});
