import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { hasPrometheus, startPrometheus } from '../../src/metrics/prometheus/testing/prometheus-server.ts';
import { installKinds } from '../../src/operator/testing/cluster.ts';
import { SERVICES } from '../../src/traffic/cluster/services.ts';
import type { Pod } from '../../src/workloads/deployment/objects.ts';
import { installDefinitions } from './definitions.ts';
import { meterPods, type Part } from './metered-pods.ts';
import type { ReportView } from '../../src/report/report.ts';
import { OnTerminal } from '../e2e/terminal.ts';
import { CLI, OperatorProcess, runCoalmine, type Place } from './operator-process.ts';
import { GATEWAY_API } from './routing/cases.ts';
import { Site } from './routing/site.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const IMAGES = {
  'shop:v1': { failing: 0.05, seconds: 0.02 },
  'shop:v2': { failing: 0.05, seconds: 0.02 },
  'shop:failing': { failing: 0.3, seconds: 0.02 },
  'shop:slow': { failing: 0.05, seconds: 0.2 },
};
const ERRORS = { name: 'errors', errors: {}, worseBy: '50%', safe: '2x' };
const LATENCY = { name: 'latency', latency: {}, worseBy: '20%' };
/** In milliseconds. */
const BOUNDS = [10, 25, 50, 100, 250];
/** The route of the user, whose data plane is Istio's. */
const ROUTER = {
  ...GATEWAY_API,
  traffic: { gatewayAPI: { httpRoute: { name: 'shop', rules: ['primary'] }, implementation: 'istio' } },
};

/** The pods behind each Service that the route sends to, with their part of the requests. */
async function partsOf(site: Site, ready: readonly Pod[]): Promise<readonly Part[]> {
  const plane = await ROUTER.plane(site.client, site.namespace);
  const { targets } = plane({ method: 'GET', path: '/', headers: {} });
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  const parts = targets.map(async ({ service, weight }) => {
    const selector = Object.entries((await site.read(SERVICES, service))?.spec.selector ?? { nobody: '' });
    const behind = ready.filter(({ metadata: { labels = {} } }) =>
      selector.every(([key, value]) => labels[key] === value),
    );
    return behind.map((pod) => ({ pod, service, share: weight / total / behind.length }));
  });
  return (await Promise.all(parts)).flat();
}

describe.skipIf(
  sharedKubeconfig() === undefined || !hasPrometheus() || GATEWAY_API.definitions?.file === undefined,
)('a release behind a route, judged by the counters of its router', { timeout: 300_000 }, () => {
  let client: KubeClient;

  beforeAll(async () => {
    client = await sharedClient();
    await installKinds(client);
    const { file = '', plurals = [] } = GATEWAY_API.definitions ?? {};
    await installDefinitions(client, file, plurals);
  });
  afterAll(async () => {
    await client.close();
  });

  interface Scene {
    readonly site: Site;
    readonly place: Place;
    /** Of the Prometheus that scrapes the router. */
    readonly address: string;
  }

  /** A Rollout behind the route, users that are sent where it says, and what counts them. */
  async function on(name: string, play: (scene: Scene) => Promise<void>): Promise<void> {
    const namespace = `routed-${process.pid}-${name}`;
    const site = await Site.open(client, namespace, ROUTER);
    const metered = await meterPods({
      ...{ client, namespace, images: IMAGES, divide: (ready) => partsOf(site, ready) },
      count: (exporter, { service }, { all, failed, seconds }) => {
        const labels = `reporter="source",destination_service_namespace="${namespace}",destination_service_name="${service}"`;
        exporter.add(`istio_requests_total{${labels},response_code="503"}`, failed);
        exporter.add(`istio_requests_total{${labels},response_code="200"}`, all - failed);
        const bucket = (le: string) => `istio_request_duration_milliseconds_bucket{${labels},le="${le}"}`;
        for (const bound of BOUNDS) exporter.add(bucket(String(bound)), seconds * 1_000 <= bound ? all : 0);
        exporter.add(bucket('+Inf'), all);
      },
    });
    const scraped = [{ targets: [metered.exporter.target] }];
    const prometheus = await startPrometheus({ jobs: [{ job_name: 'istio', static_configs: scraped }] });
    const place = { kubeconfig: inject('kubeconfig'), namespace };
    try {
      await play({ site, place, address: `http://${prometheus.target}` });
    } finally {
      await prometheus.stop();
      await metered.stop();
      await site.close();
    }
  }

  async function during(place: Place, work: () => Promise<void>): Promise<void> {
    const operator = new OperatorProcess(place);
    try {
      await work();
    } finally {
      await operator.end();
    }
  }

  async function declare({ site, address }: Scene, steps: readonly object[], check: object): Promise<void> {
    await site.declare({ canary: { steps: [{ weight: '20%' }, ...steps] } } as never, {
      sources: [{ name: 'prom', prometheus: { address } }],
      // Whoever has proved to be safe in one way does not wait for what is found in another.
      analysis: { warmUp: '0s', checks: [check] } as never,
    });
    await site.phaseIs('Healthy');
  }

  async function reportIn(place: Place): Promise<ReportView> {
    const { out, err } = await runCoalmine(place, ['report', 'shop', '--json', '-']);
    expect(err).toBe('');
    return JSON.parse(out) as ReportView;
  }

  it.each([
    { is: 'promoted before its longest time when its errors are few', version: 'v2', outcome: 'promoted' },
    { is: 'taken back when it fails', version: 'failing', outcome: 'rolledBack' },
    { is: 'taken back when it is slow', version: 'slow', outcome: 'rolledBack', check: LATENCY },
  ])('is $is, with a report of all that it was judged by', async ({ version, outcome, check = ERRORS }) => {
    await on(version, async (scene) => {
      const { site, place } = scene;
      await during(place, async () => {
        await declare(scene, [{ analyze: { atLeast: '1s', atMost: '10m' } }], check);
        await site.push(`shop:${version}`);
        await site.outcomeIs(outcome);
        expect((await site.status())?.lastOutcome?.reason).toContain(check.name);
        const { ticks, computed } = await reportIn(place);
        expect(ticks.length).toBeGreaterThan(0);
        expect(computed.verdict).toBe(outcome === 'promoted' ? 'good' : 'bad');
        if (version === 'failing') expect(computed.failed?.requests).toBeGreaterThan(0);
      });
    });
  });

  it('is watched on a terminal, goes on under another operator, and is promoted by a key', async () => {
    await on('watched', async (scene) => {
      const { site, place } = scene;
      const { kubeconfig, namespace } = place;
      const where = ['--kubeconfig', kubeconfig, '--namespace', namespace];
      let terminal: OnTerminal | undefined;
      try {
        await during(place, async () => {
          await declare(scene, [{ pause: {} }], ERRORS);
          await site.push('shop:v2');
          await site.phaseIs('Paused');
          terminal = new OnTerminal({
            ...{ columns: 110, rows: 40, env: {} },
            command: [process.execPath, CLI, 'watch', 'shop', ...where],
          });
          await terminal.until((text) => /^shop {2}Paused {2}release 1/.test(text), 'the release');
          await terminal.until((text) => /canary +20%/.test(text) && /stable +80%/.test(text), 'the split');
          await terminal.until((text) => /evidence: \w+[^]*errors/.test(text), 'the evidence');
          await terminal.until((text) => /last 3m +requests\/s/.test(text), 'what the tracks serve');
        });
        await during(place, async () => {
          terminal?.press('p');
          expect(await terminal?.told('ended')).toEqual({ ended: 0, restored: true });
          await site.outcomeIs('promoted');
          const { ticks, release } = await reportIn(place);
          expect(ticks.filter(({ tick }) => tick.candidate.requests > 0)).not.toEqual([]);
          expect(ticks[0]?.at).toBeLessThan(release.startedAt + 30_000);
          const ends = ticks.map(({ at }) => at);
          expect(ends).toEqual([...new Set(ends)].sort((a, b) => a - b));
        });
      } finally {
        terminal?.end();
      }
    });
  });
});
