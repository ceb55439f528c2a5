import { describe, expect, it } from 'vitest';
import { countedSelector } from '../metrics/prometheus/selector.ts';
import { fillQuery } from '../metrics/prometheus/template.ts';
import { examineRollout } from './resolve/rollout.ts';
import type { Finding } from './finding.ts';
import type { Metric } from './model.ts';

const PROM = { name: 'prom', prometheus: { address: 'http://prometheus:9090' } };
const CHECKS = [
  { name: 'errors', errors: {}, worseBy: '50%' },
  { name: 'latency', latency: {}, worseBy: '10%' },
];

interface Asked {
  readonly traffic?: unknown;
  readonly sources?: readonly unknown[];
  readonly checks?: readonly unknown[];
}

function examined({ traffic, sources = [PROM], checks = CHECKS }: Asked) {
  return examineRollout(
    {
      metadata: { name: 'shop', namespace: 'prod' },
      spec: {
        workload: { deployment: { name: 'shop' } },
        ...(traffic === undefined ? {} : { traffic }),
        strategy: { canary: traffic === undefined ? { replicas: [1] } : { weights: ['5%'] } },
        sources,
        analysis: { checks },
      },
    },
    'operator',
  );
}

function metricsOf(asked: Asked): readonly Metric[] {
  const { rollout, findings } = examined(asked);
  expect(findings).toEqual([]);
  return rollout?.analysis?.checks.map(({ metric }) => metric) ?? [];
}

const told = (asked: Asked): readonly Finding[] => examined(asked).findings;

const virtualService = { name: 'shop' };
const httpRoute = { name: 'shop' };
const ROUTERS: readonly (readonly [string, unknown])[] = [
  ['a VirtualService', { istio: { virtualService } }],
  ['a VirtualService with subsets', { istio: { virtualService, destinationRule: { name: 'shop' } } }],
  ['an Ingress', { nginxIngress: { ingress: 'shop-web' } }],
  ...(['istio', 'contour', 'traefik', 'linkerd', 'kgateway'] as const).map(
    (implementation) =>
      [`an HTTPRoute of ${implementation}`, { gatewayAPI: { httpRoute, implementation } }] as const,
  ),
];

/** What the real counters of a data plane carry in their labels, for a canary and for stable. */
const VALUES = { revision: 'r1-b', name: 'shop', namespace: 'prod', windowMs: 60_000 };
const TRACKS = {
  canary: { ...VALUES, track: 'canary', pods: 'shop-88c0de1f2a-', service: 'shop-canary' },
  stable: { ...VALUES, track: 'stable', pods: 'shop-6d4cf56db6-', service: 'shop-stable' },
};

describe('errors and latency behind a router', () => {
  it.each(ROUTERS)(
    'are counters of %s, read as they were scraped, another series for each track',
    (_, traffic) => {
      const [errors, latency] = metricsOf({ traffic });
      if (errors?.kind !== 'errors' || latency?.kind !== 'latency') throw new Error('other metrics');
      const { bad = '', all = '', control = { bad, all } } = errors.from ?? {};
      const { query = '', control: there = query } = latency.from ?? {};
      for (const [here, beside] of [
        [bad, control.bad],
        [all, control.all],
        [query, there],
      ] as const) {
        const [canary, stable] = [fillQuery(here, TRACKS.canary), fillQuery(beside, TRACKS.stable)];
        expect(countedSelector(canary)).toBeDefined();
        expect(countedSelector(stable)).toBeDefined();
        expect(canary).not.toBe(stable);
      }
      expect(query).toMatch(/_bucket\{/);
    },
  );

  it('come from the Service of a track, or from its pods where subsets share one', () => {
    const [errors] = metricsOf({ traffic: { istio: { virtualService } } });
    expect(errors).toEqual({
      kind: 'errors',
      from: {
        source: 'prom',
        bad: 'istio_requests_total{reporter="source",destination_service_namespace="{{namespace}}",destination_service_name="{{service}}",response_code=~"5.."}',
        all: 'istio_requests_total{reporter="source",destination_service_namespace="{{namespace}}",destination_service_name="{{service}}"}',
      },
    });
    const subsets = { istio: { virtualService, destinationRule: { name: 'shop' } } };
    expect(JSON.stringify(metricsOf({ traffic: subsets })[0])).toContain('{{pods}}[a-z0-9]{5}');
  });

  it('of an Ingress are told apart by whether the canary served', () => {
    const [errors, latency] = metricsOf({ traffic: { nginxIngress: { ingress: 'shop-web' } } });
    expect(errors).toMatchObject({
      from: {
        all: 'nginx_ingress_controller_requests{namespace="{{namespace}}",ingress="shop-web",canary!~"-?"}',
        control: {
          all: 'nginx_ingress_controller_requests{namespace="{{namespace}}",ingress="shop-web",canary=~"-?"}',
        },
      },
    });
    expect(latency).not.toHaveProperty('from.unit');
  });

  it('are in milliseconds where the router counts in them', () => {
    expect(metricsOf({ traffic: { istio: { virtualService } } })[1]).toMatchObject({
      from: { unit: 'milliseconds' },
    });
  });

  it('of calls are what gRPC says of them', () => {
    const traffic = { gatewayAPI: { grpcRoute: { name: 'shop' }, implementation: 'istio' } };
    expect(JSON.stringify(metricsOf({ traffic })[0])).toContain('grpc_response_status=~');
  });

  it('come from the source that is named, and a query of one’s own is asked instead', () => {
    const other = { ...PROM, name: 'other' };
    const query = 'request_ms_bucket{pod=~"{{pods}}.+"}';
    const checks = [
      { name: 'errors', errors: { source: 'other' }, worseBy: '50%' },
      { name: 'latency', latency: { source: 'prom', query, unit: 'milliseconds' }, worseBy: '10%' },
    ];
    expect(
      metricsOf({ traffic: { istio: { virtualService } }, sources: [PROM, other], checks }),
    ).toMatchObject([
      { from: { source: 'other' } },
      { from: { source: 'prom', query, unit: 'milliseconds' } },
    ]);
  });

  const errorsOnly = [{ name: 'e', errors: {}, worseBy: '50%' }];
  const istio = { istio: { virtualService } };
  const gatewayAPI = (more: object) => ({ gatewayAPI: { httpRoute, ...more } });
  const ratio = (bad: string) => [{ name: 'e', ratio: { source: 'prom', bad, all: bad }, worseBy: '5%' }];
  it.each<[string, Asked, string, string]>([
    ['no source is there', { traffic: istio, sources: [] }, 'there is none', 'add sources'],
    ['several are', { traffic: istio, sources: [PROM, { ...PROM, name: 'b' }] }, 'which source', 'prom or b'],
    ['nobody is named', { traffic: gatewayAPI({}) }, 'whose counters', 'implementation: one of istio'],
    [
      'Services are counted together',
      { traffic: gatewayAPI({ implementation: 'envoyGateway' }) },
      'Services of one rule together',
      'pods count themselves',
    ],
    [
      'calls are not looked into',
      { traffic: { gatewayAPI: { grpcRoute: { name: 'shop' }, implementation: 'contour' } } },
      'which calls of gRPC failed',
      'pods count themselves',
    ],
    ['a Service counts nothing', { traffic: { service: { name: 'shop' } } }, 'counts nothing', '{{pods}}'],
    ['there is no traffic', {}, 'there is none', 'ask a source'],
    [
      'a source is unknown',
      { traffic: istio, checks: [{ ...errorsOnly[0], errors: { source: 'p' } }] },
      'no source is named p',
      'prom',
    ],
    [
      'subsets share a Service',
      {
        traffic: { istio: { virtualService, destinationRule: { name: 'x' } } },
        checks: ratio('x{s="{{service}}"}'),
      },
      '{{service}} has no value',
      '{{pods}}',
    ],
  ])('are refused when %s, with what to do', (...[, asked, reason, hint]) => {
    const [finding] = told({ checks: errorsOnly, ...asked });
    expect(finding?.reason).toContain(reason);
    expect(finding?.hint).toContain(hint);
  });
});

it('a source has no say where the gateway counts', () => {
  const { findings } = examineRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node', 'x.js'] } },
      traffic: { gateway: {} },
      strategy: { canary: { weights: ['5%'] } },
      sources: [PROM],
      analysis: { checks: [{ name: 'e', errors: { source: 'prom' }, worseBy: '5%' }] },
    },
  });
  expect(findings).toEqual([
    {
      path: 'spec.analysis.checks[0].errors.source',
      reason: 'the gateway counts requests itself',
      hint: 'remove it, or write a ratio',
    },
  ]);
});

describe('secrets of sources', () => {
  const source = (more: object) => ({ name: 'prom', prometheus: { address: 'https://prom', ...more } });
  const checks = [{ name: 'v', value: { source: 'prom', query: 'max(lag)' }, max: 5 }];

  it('are in Secrets of the namespace', () => {
    const password = { secret: 'prom/password' };
    const { rollout, findings } = examined({
      sources: [source({ auth: { basic: { user: 'me', password } }, tls: { secret: 'prom-tls' } })],
      checks,
    });
    expect(findings).toEqual([]);
    expect(rollout?.sources[0]).toMatchObject({
      auth: { basic: { user: 'me', password: { secret: { name: 'prom', key: 'password' } } } },
      tls: { secret: 'prom-tls' },
    });
  });

  it.each([
    [{ auth: { bearer: { env: 'TOKEN' } } }, 'auth.bearer.env'],
    [{ auth: { bearer: { file: '/var/run/secrets/token' } } }, 'auth.bearer.file'],
    [{ auth: { basic: { user: 'me', password: { env: 'P' } } } }, 'auth.basic.password.env'],
    [{ tls: { ca: 'ca.pem' } }, 'tls.ca'],
  ])('are never those of the operator: %j', (more, path) => {
    expect(told({ sources: [source(more)], checks })).toEqual([
      expect.objectContaining({
        path: `spec.sources[0].prometheus.${path}`,
        reason: expect.stringContaining('where the operator runs') as string,
      }),
    ]);
  });

  it('need a name and a key', () => {
    const [finding] = told({ sources: [source({ auth: { bearer: { secret: 'prom' } } })], checks });
    expect(finding?.reason).toContain('the name of a Secret and a key in it');
  });

  it('of a cluster are refused on one machine', () => {
    const { findings } = examineRollout({
      metadata: { name: 'shop' },
      spec: {
        workload: { process: { from: '.', command: ['node', 'x.js'] } },
        strategy: { recreate: {} },
        sources: [source({ auth: { bearer: { secret: 'prom/token' } }, tls: { secret: 'x' } })],
      },
    });
    expect(findings.map(({ path }) => path)).toEqual([
      'spec.sources[0].prometheus.auth.bearer.secret',
      'spec.sources[0].prometheus.tls.secret',
    ]);
  });
});
