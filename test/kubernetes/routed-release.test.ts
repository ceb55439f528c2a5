import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { hasPrometheus, startPrometheus } from '../../src/metrics/prometheus/testing/prometheus-server.ts';
import { installKinds } from '../../src/operator/testing/cluster.ts';
import { SERVICES } from '../../src/traffic/cluster/services.ts';
import type { Pod } from '../../src/workloads/deployment/objects.ts';
import { installDefinitions } from './definitions.ts';
import { meterPods, type Part } from './metered-pods.ts';
import { OperatorProcess } from './operator-process.ts';
import { GATEWAY_API } from './routing/cases.ts';
import { Site } from './routing/site.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const IMAGES = {
  'shop:v1': { failing: 0.05, seconds: 0.02 },
  'shop:v2': { failing: 0.05, seconds: 0.02 },
  'shop:failing': { failing: 0.3, seconds: 0.02 },
};
/** The route of the user, whose data plane is Istio's. */
const ROUTER = {
  ...GATEWAY_API,
  traffic: { gatewayAPI: { httpRoute: { name: 'shop', rules: ['primary'] }, implementation: 'istio' } },
};

/** The pods behind each Service that the route sends to, with their part of the requests. */
async function partsOf(site: Site, ready: readonly Pod[]): Promise<readonly Part[]> {
  const targets = await ROUTER.targets(site.client, site.namespace);
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

  it.each([
    ['promoted before its longest time when its errors are few', 'v2', 'promoted'],
    ['taken back when it fails', 'failing', 'rolledBack'],
  ])('is %s', async (_, version, outcome) => {
    const namespace = `routed-${process.pid}-${version}`;
    const site = await Site.open(client, namespace, ROUTER);
    const metered = await meterPods({
      ...{ client, namespace, images: IMAGES, divide: (ready) => partsOf(site, ready) },
      count: (exporter, { service }, { all, failed }) => {
        const labels = `reporter="source",destination_service_namespace="${namespace}",destination_service_name="${service}"`;
        exporter.add(`istio_requests_total{${labels},response_code="503"}`, failed);
        exporter.add(`istio_requests_total{${labels},response_code="200"}`, all - failed);
      },
    });
    const scraped = [{ targets: [metered.exporter.target] }];
    const prometheus = await startPrometheus({ jobs: [{ job_name: 'istio', static_configs: scraped }] });
    const operator = new OperatorProcess({ kubeconfig: inject('kubeconfig'), namespace });
    try {
      const address = `http://${prometheus.target}`;
      const steps = [{ weight: '20%' }, { analyze: { atLeast: '1s', atMost: '10m' } }];
      await site.declare(
        { canary: { steps } },
        {
          sources: [{ name: 'prom', prometheus: { address } }],
          analysis: {
            warmUp: '0s',
            checks: [{ name: 'errors', errors: {}, worseBy: '50%', safe: '2x' }],
          },
        },
      );
      await site.phaseIs('Healthy');
      await site.push(`shop:${version}`);
      await site.outcomeIs(outcome);
      expect((await site.status())?.lastOutcome?.reason).toContain('errors');
    } finally {
      await operator.end();
      await prometheus.stop();
      await metered.stop();
      await site.close();
    }
  });
});
