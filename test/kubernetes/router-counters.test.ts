import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckReading } from '../../src/analysis/measurement.ts';
import type { Share } from '../../src/base/share.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Resource } from '../../src/kube/resource.ts';
import { SourceChecks } from '../../src/metrics/checks/source-checks.ts';
import { prometheusSource } from '../../src/metrics/prometheus/source.ts';
import type { MetricSource } from '../../src/metrics/prometheus/answer.ts';
import type { Exporter } from '../../src/metrics/prometheus/testing/exporter.ts';
import {
  hasPrometheus,
  startPrometheus,
  type PrometheusServer,
} from '../../src/metrics/prometheus/testing/prometheus-server.ts';
import { findNames } from '../../src/operator/routing/track-names.ts';
import { aDeployment, makeNamespace, PATIENCE_MS, until } from '../../src/operator/testing/cluster.ts';
import type { ClusterTraffic } from '../../src/rollout/cluster-traffic.ts';
import type { Check, RevisionId, SourceSettings } from '../../src/rollout/model.ts';
import { countersOf } from '../../src/rollout/router-counters.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { clusterRouterOf } from '../../src/traffic/cluster-routers.ts';
import { SERVICES, type Service } from '../../src/traffic/cluster/services.ts';
import { HTTP_ROUTES, type ApiRoute } from '../../src/traffic/gateway-api/routes.ts';
import { DESTINATION_RULES, VIRTUAL_SERVICES } from '../../src/traffic/istio/objects.ts';
import { INGRESSES } from '../../src/traffic/nginx-ingress/objects.ts';
import { DEPLOYMENTS, PODS, type Pod } from '../../src/workloads/deployment/objects.ts';
import { definitionsOf, installDefinitions } from './definitions.ts';
import { imageOf, meterPods, type MeteredPods, type Part, type Requests } from './metered-pods.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);
const OLD = 'r1-old' as RevisionId;
const NEW = 'r1-new' as RevisionId;
const IMAGE: Readonly<Record<string, string>> = { [OLD]: 'shop:v1', [NEW]: 'shop:failing' };
const IMAGES = {
  'shop:v1': { failing: 0.05, seconds: 0.02 },
  'shop:failing': { failing: 0.25, seconds: 0.02 },
};
const HASH = 'pod-template-hash';

const GATEWAY_API = definitionsOf('gateway-api');
const ISTIO = definitionsOf('istio');

/** Where requests go, as the data plane would read it: a Service, and of its pods those of a subset. */
interface Target {
  readonly service: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly weight: number;
}

interface Row {
  readonly name: string;
  readonly traffic: ClusterTraffic;
  readonly objects: readonly { readonly of: Resource; readonly object: KubeObject }[];
  readonly targets: (read: Read) => Promise<readonly Target[]>;
}

type Read = <T extends KubeObject>(of: Resource<T>, name: string) => Promise<T | undefined>;

const backendRefs = [{ name: 'shop', port: 80 }];
const HTTP_ROUTE = {
  of: HTTP_ROUTES as Resource,
  object: { metadata: { name: 'shop' }, spec: { rules: [{ backendRefs }] } } as KubeObject,
};
const VIRTUAL_SERVICE = {
  of: VIRTUAL_SERVICES as Resource,
  object: {
    metadata: { name: 'shop' },
    spec: { hosts: ['shop'], http: [{ route: [{ destination: { host: 'shop' } }] }] },
  } as KubeObject,
};

async function routeTargets(read: Read): Promise<readonly Target[]> {
  const route: ApiRoute | undefined = await read(HTTP_ROUTES as Resource<ApiRoute>, 'shop');
  const refs = route?.spec.rules?.[0]?.backendRefs ?? [];
  return refs.map(({ name, weight = 1 }) => ({ service: name, weight }));
}

async function virtualTargets(read: Read): Promise<readonly Target[]> {
  const [found, rule] = [await read(VIRTUAL_SERVICES, 'shop'), await read(DESTINATION_RULES, 'shop')];
  return (found?.spec.http?.[0]?.route ?? []).map(({ destination: { host, subset }, weight = 100 }) => {
    const labels = rule?.spec.subsets?.find(({ name }) => name === subset)?.labels ?? {};
    return { service: host, labels, weight };
  });
}

const gatewayAPI = (implementation: 'istio' | 'contour' | 'kgateway' | 'traefik' | 'linkerd'): Row => ({
  name: `an HTTPRoute of ${implementation}`,
  traffic: { kind: 'gatewayAPI', route: 'HTTPRoute', name: 'shop', implementation },
  objects: [HTTP_ROUTE],
  targets: routeTargets,
});

const ROWS: readonly Row[] = [
  ...(['istio', 'contour', 'kgateway', 'traefik', 'linkerd'] as const).map(gatewayAPI),
  {
    name: 'a VirtualService',
    traffic: { kind: 'istio', virtualService: 'shop' },
    objects: [VIRTUAL_SERVICE],
    targets: virtualTargets,
  },
  {
    name: 'a VirtualService with subsets',
    traffic: { kind: 'istio', virtualService: 'shop', destinationRule: 'shop' },
    objects: [
      VIRTUAL_SERVICE,
      {
        of: DESTINATION_RULES,
        object: { metadata: { name: 'shop' }, spec: { host: 'shop' } } as KubeObject,
      },
    ],
    targets: virtualTargets,
  },
  {
    name: 'an Ingress of nginx',
    traffic: { kind: 'nginxIngress', ingress: 'shop' },
    objects: [
      {
        of: INGRESSES,
        object: {
          metadata: { name: 'shop' },
          spec: {
            rules: [
              {
                host: 'shop.example.test',
                http: {
                  paths: [
                    {
                      path: '/',
                      pathType: 'Prefix',
                      backend: { service: { name: 'shop', port: { number: 80 } } },
                    },
                  ],
                },
              },
            ],
          },
        } as KubeObject,
      },
    ],
    targets: async (read) => {
      const said = (await read(INGRESSES, 'shop-canary'))?.metadata.annotations ?? {};
      const weight = Number(said['nginx.ingress.kubernetes.io/canary-weight'] ?? 0);
      return [
        { service: 'shop', weight: 100 - weight },
        { service: 'shop-canary', weight },
      ];
    },
  },
];

/** What every data plane would count of requests, each in its own words. */
function countAll(namespace: string) {
  return (exporter: Exporter, { pod, service }: Part, { all, failed }: Requests): void => {
    const { name } = pod.metadata;
    const canary = service.endsWith('-canary') ? `${namespace}-${service}-80` : '';
    const add = (series: string, label: string, [good, bad]: readonly [string, string]): void => {
      exporter.add(`${series},${label}="${good}"}`, all - failed);
      exporter.add(`${series},${label}="${bad}"}`, failed);
    };
    const istio = `destination_service_namespace="${namespace}",destination_service_name="${service}"`;
    add(`istio_requests_total{reporter="source",${istio}`, 'response_code', ['200', '503']);
    add(`istio_requests_total{reporter="destination",${istio},pod="${name}"`, 'response_code', [
      '200',
      '503',
    ]);
    const envoy = 'envoy_cluster_upstream_rq_xx{envoy_cluster_name=';
    for (const cluster of [`${namespace}_${service}_80`, `kube_${namespace}_${service}_80`])
      add(`${envoy}"${cluster}"`, 'envoy_response_code_class', ['2', '5']);
    const traefik = `traefik_service_requests_total{service="${namespace}-${service}-80@kubernetesgateway"`;
    add(traefik, 'code', ['200', '502']);
    const linkerd = `response_total{direction="inbound",namespace="${namespace}",pod="${name}"`;
    add(linkerd, 'classification', ['success', 'failure']);
    const nginx = `nginx_ingress_controller_requests{namespace="${namespace}",ingress="shop",canary="${canary}"`;
    add(nginx, 'status', ['200', '500']);
  };
}

const SETTINGS: SourceSettings = {
  kind: 'prometheus',
  name: 'prom',
  address: 'http://unused',
  timeoutMs: 4_000,
};

describe.skipIf(
  sharedKubeconfig() === undefined || !hasPrometheus() || GATEWAY_API === undefined || ISTIO === undefined,
)('what a router counts, computed from its live objects', { timeout: 120_000 }, () => {
  let client: KubeClient;
  let prometheus: PrometheusServer;
  let source: MetricSource;
  let metered: MeteredPods;
  let namespace = '';
  let row = ROWS[0] as Row;
  let pods: readonly Pod[] = [];
  const read: Read = (of, name) => client.get(of, { namespace, name }, soon());
  const hashOf = (revision: string): string =>
    pods.find((pod) => imageOf(pod) === IMAGE[revision])?.metadata.labels?.[HASH] ?? '';

  beforeAll(async () => {
    client = await sharedClient();
    await installDefinitions(client, GATEWAY_API ?? '', ['httproutes']);
    await installDefinitions(client, ISTIO ?? '', ['virtualservices', 'destinationrules']);
    namespace = `counters-${process.pid}`;
    await makeNamespace(client, namespace);
    for (const [revision, image] of Object.entries(IMAGE)) {
      const deployment = aDeployment(namespace, revision, image);
      const { template } = deployment.spec;
      const labels = { app: 'shop', revision };
      const spec = {
        ...deployment.spec,
        selector: { matchLabels: labels },
        template: { ...template, metadata: { labels } },
      };
      await client.create(DEPLOYMENTS, { ...deployment, spec }, soon());
    }
    await until('all pods are ready', async () => {
      pods = (await client.list(PODS, { namespace }, soon())).items;
      return pods.filter(({ status }) => status?.phase === 'Running').length === 4;
    });
    const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
    const service = { metadata: { namespace, name: 'shop' }, spec: { selector: { app: 'shop' }, ports } };
    await client.create(SERVICES, service, soon());
    metered = await meterPods({
      ...{ client, namespace, images: IMAGES, count: countAll(namespace) },
      divide: async (ready) => partsOf(await row.targets(read), ready, await servicesByName()),
    });
    const job = {
      job_name: 'routers',
      honor_labels: true,
      static_configs: [{ targets: [metered.exporter.target] }],
    };
    prometheus = await startPrometheus({ jobs: [job] });
    source = prometheusSource({ name: 'prom', address: `http://${prometheus.target}`, gatherMs: 5 });
  });
  afterAll(async () => {
    await metered.stop();
    await source.close();
    await prometheus.stop();
    await client.close();
  });

  async function servicesByName(): Promise<ReadonlyMap<string, Service>> {
    const { items } = await client.list(SERVICES, { namespace }, soon());
    return new Map(items.map((one) => [one.metadata.name, one]));
  }

  beforeEach(() => {
    metered.exporter.restart();
  });
  afterEach(async () => {
    for (const { of, object } of row.objects)
      await client.delete(of, { namespace, name: object.metadata.name }, soon());
  });

  it.each(ROWS.map((one) => [one.name, one] as const))(
    'tells the canary’s failures from stable’s, and what it was sent: %s',
    async (_, chosen) => {
      for (const { of, object } of chosen.objects)
        await client.create(of, { ...object, metadata: { ...object.metadata, namespace } }, soon());
      row = chosen;
      const router = clusterRouterOf(chosen.traffic, {
        ...{ client, namespace, owner: { rollout: 'shop' } },
        podsOf: (revision) => Promise.resolve({ hash: hashOf(revision) }),
      });
      await router.write(
        {
          parts: [
            { track: 'stable', revision: OLD, weight: 80_000 as Share },
            { track: 'canary', revision: NEW, weight: 20_000 as Share },
          ],
        },
        soon(),
      );
      const workload = {
        podNamesOf: ({ revision }: { readonly revision: string }) =>
          Promise.resolve(`${revision}-${hashOf(revision)}-`),
      };
      const reading = await measured(chosen.traffic, findNames(workload, router));
      const { candidate, control } = reading;
      expect(candidate.events / candidate.trials).toBeCloseTo(0.25, 1);
      expect(control.events / control.trials).toBeCloseTo(0.05, 1);
      expect(candidate.trials / (candidate.trials + control.trials)).toBeCloseTo(0.2, 1);
      await router.forget(soon());
    },
  );

  type Counts = Extract<CheckReading, { readonly kind: 'counts' }>;

  /** What the template of a router has counted, once that is some thousand requests. */
  async function measured(traffic: ClusterTraffic, names: ReturnType<typeof findNames>): Promise<Counts> {
    const counters = countersOf(traffic);
    if ('reason' in counters) throw new Error(counters.reason);
    const { bad, all } = counters.candidate;
    const control = { bad: counters.stable.bad, all: counters.stable.all };
    const check: Check = {
      name: 'errors',
      metric: { kind: 'errors', from: { source: 'prom', bad, all, control } },
      judge: { kind: 'sequential', worseBy: 0.5 },
      weight: 1,
    };
    const countedUntil = async (isEnough: (counts: Counts) => boolean): Promise<Counts> => {
      const checks = new SourceChecks({
        ...{ scope: { rollout: 'shop', namespace }, sources: [SETTINGS] },
        ...{ pool: { source: () => source }, newEpoch: () => 'once' },
      });
      let last: CheckReading | undefined;
      await until(`${traffic.kind} has counted`, async () => {
        const question = { at: Date.now(), checks: [check], candidate: NEW, control: OLD };
        last = (await checks.read(question, soon(), names))['errors'];
        if (last?.kind !== 'counts') throw new Error(JSON.stringify(last));
        return isEnough(last);
      });
      return last as Counts;
    };
    // A series that begins tells of what comes after its first scrape only: both sides are counted once both have begun.
    await countedUntil(({ candidate: { trials } }) => trials > 0);
    return countedUntil(({ candidate, control: { trials } }) => candidate.trials + trials > 4_000);
  }
});

/** Requests divided by weights, and among the pods behind each Service. */
function partsOf(
  targets: readonly Target[],
  ready: readonly Pod[],
  services: ReadonlyMap<string, Service>,
): readonly Part[] {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  return targets.flatMap(({ service, labels = {}, weight }) => {
    const selector = { ...(services.get(service)?.spec.selector ?? { nobody: '' }), ...labels };
    const behind = ready.filter(({ metadata }) =>
      Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value),
    );
    return behind.map((pod) => ({ pod, service, share: weight / total / behind.length }));
  });
}
