import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Failure } from '../base/failure.ts';
import { isJsonObject } from '../base/json.ts';
import { examineRollout } from '../rollout/resolve/rollout.ts';
import { rolloutDocument } from '../rollout/schema/document.ts';
import { parseRollouts } from './read.ts';

/** One of each kind of use, as the grammar's page shows them. */
const EXAMPLES = `
# a web service on a VM
metadata: { name: shop }
spec:
  workload: { process: { from: ./dist, command: [node, server.js], replicas: 3, ready: { http: /healthz } } }
  traffic: { gateway: { host: shop.example.com, sticky: { cookie: auto } } }
  strategy: { canary: { weights: [1%, 5%, 25%, 50%] } }
  analysis: { checks: [{ name: errors, errors: {}, worseBy: 50%, safe: 2x, floor: 0.2% }, { name: latency, latency: {}, worseBy: 3% }] }
---
# a Deployment behind Istio, blue/green with an approval in office hours
metadata: { name: checkout }
spec:
  workload: { deployment: { name: checkout } }
  traffic: { istio: { virtualService: { name: checkout, routes: [primary] }, destinationRule: { name: checkout } } }
  strategy: { blueGreen: { preview: { match: [{ header: { name: x-preview, exact: "1" } }] }, bake: 10m, keepStable: 30m } }
  gates: [{ name: sre, at: switch, approval: { by: ["group:release-managers"], within: 4h, otherwise: abort } }]
---
# an experiment
metadata: { name: button }
spec:
  workload: { process: { from: ./dist, command: [node, shop.js], replicas: 2 } }
  traffic: { gateway: { host: shop.example.com } }
  strategy:
    ab: { unit: { cookie: uid }, variants: [{ name: blue, share: 50%, stable: true }, { name: green, share: 50%, env: { BUTTON: green } }],
          goal: { conversion: { method: POST, path: /orders, status: 2xx }, minimumEffect: 5% }, endWhen: { decided: true, atMost: 14d }, winner: { whenBetter: promote, otherwise: keepStable } }
---
# a queue worker: no traffic, shares are replicas
metadata: { name: mailer }
spec:
  workload: { deployment: { name: mailer } }
  strategy: { canary: { replicas: [1, 25%, 50%] } }
  sources: [{ name: prom, prometheus: { address: "http://prometheus:9090" } }]
  analysis: { checks: [{ name: failed, ratio: { source: prom, bad: 'jobs_failed{rev="{{revision}}"}', all: 'jobs_total{rev="{{revision}}"}' }, worseBy: 50% }, { name: lag, value: { source: prom, query: max(queue_lag) }, max: 1000 }] }
---
# shadow first, then a canary
metadata: { name: api }
spec:
  workload: { process: { from: ./dist, command: [node, server.js], replicas: 2 } }
  traffic: { gateway: { host: api.example.com } }
  strategy: { shadow: { share: 10%, methods: [GET], until: { requests: 50000, atMost: 1h }, compare: { status: true, body: { ignore: [/ts] }, differ: 0.1% }, then: { canary: { weights: [5%, 25%, 50%] } } } }
`;

const values = parseAllDocuments(EXAMPLES).map((tree) => tree.toJS() as unknown);

test.each(values.map((value, i) => [i, value] as const))(
  'example %i has the form of the schema',
  (_, value) => {
    expect([...Value.Errors(rolloutDocument, value)]).toEqual([]);
    expect(examineRollout(value).findings.filter((one) => one.notBuilt !== true)).toEqual([]);
  },
);

test('everything in the examples is built', () => {
  const refused = values.map((value) => examineRollout(value).findings.map((one) => one.path));
  expect(refused).toEqual([[], [], [], [], []]);
});

test('a file with things that are not built is refused as such, with the line of each', () => {
  // The experiment serves the host of the first.
  const two = EXAMPLES.split('---')
    .slice(0, 2)
    .join('---')
    .replace(/traffic: \{ istio: .*/, 'traffic: { linkerd: { service: checkout } }');
  const thrown = thrownBy(() => parseRollouts(two, { file: 'five.yaml', format: 'yaml' }));
  expect(thrown.code).toBe('notBuilt');
  expect(thrown.problems).toContainEqual({
    file: 'five.yaml',
    line: 14,
    column: 14,
    path: 'spec.traffic.linkerd',
    reason:
      'traffic.linkerd is not built yet; this version serves through gateway, service, gatewayAPI, istio and nginxIngress',
  });
});

test('the web service resolves, with the defaults filled in', () => {
  const [first = ''] = EXAMPLES.split('---');
  const [declared] = parseRollouts(first, { file: 'shop.yaml', format: 'yaml' });
  expect(declared?.document['apiVersion']).toBe('coalmine.dev/v1');
  expect(isJsonObject(declared?.document['spec'])).toBe(true);
  expect(declared?.rollout).toEqual({
    name: 'shop',
    workload: {
      kind: 'process',
      from: { path: './dist' },
      command: ['node', 'server.js'],
      replicas: 3,
      env: {},
      envFiles: [],
      ready: {
        check: { kind: 'http', path: '/healthz' },
        everyMs: 1_000,
        timeoutMs: 1_000,
        withinMs: 30_000,
        failures: 3,
      },
      stop: { signal: 'SIGTERM', drainMs: 20_000 },
      limits: {},
      restart: { firstDelayMs: 200, maxDelayMs: 30_000, crashLoopAfter: 3, stableAfterMs: 30_000 },
    },
    traffic: {
      kind: 'gateway',
      host: 'shop.example.com',
      path: '/',
      sticky: { cookie: 'coalmine-shop' },
      timeoutMs: 60_000,
    },
    strategy: {
      kind: 'canary',
      steps: [1_000, 5_000, 25_000, 50_000].flatMap((weight) => [
        { kind: 'weight', weight },
        { kind: 'analyze', atLeastMs: 30_000, atMostMs: 600_000 },
      ]),
      capacity: 'match',
      earlyPromotion: true,
    },
    analysis: {
      compareTo: 'stable',
      falseAlarms: 0.01,
      warmUpMs: 30_000,
      undecided: 'advance',
      noData: 'hold',
      standingAA: false,
      checks: [
        {
          name: 'errors',
          metric: { kind: 'errors' },
          judge: { kind: 'sequential', worseBy: 0.5, safe: { ratio: 2 } },
          floor: 0.002,
          weight: 1,
        },
        {
          name: 'latency',
          metric: { kind: 'latency' },
          judge: { kind: 'sequential', worseBy: 0.03 },
          weight: 1,
        },
      ],
    },
    sources: [],
    gates: [],
    hooks: [],
    notify: [],
    deadlineMs: 86_400_000,
    onDeadline: 'rollBack',
    historyKeep: 10,
    rollbackWindow: 0,
    suspend: false,
  });
});

function thrownBy(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
