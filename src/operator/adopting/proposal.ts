import type { JsonObject } from '../../base/json.ts';
import { Failure } from '../../base/failure.ts';
import { API_GROUP, API_VERSION } from '../../kube/names.ts';
import { routersTo, type FoundRouter } from './routers.ts';
import type { Autoscaler, Surroundings } from './surroundings.ts';

/** A Rollout that would adopt a Deployment, and what is to be known of it. */
export interface Proposal {
  readonly document: JsonObject;
  /** What was found, and what becomes of it, in sentences. */
  readonly notes: readonly string[];
}

/** The Rollout that fits what was found. Throws Failure `usage` where several Services could be meant, and none was named. */
export function proposalOf(around: Surroundings, wanted?: string): Proposal {
  const { deployment, isHeldByWebhook } = around;
  const { name, namespace } = deployment.metadata;
  const service = serviceFor(around, wanted);
  const routers = service === undefined ? [] : routersTo(service, around);
  const traffic = usableIn(routers)?.traffic;
  const hold = isHeldByWebhook ? {} : { hold: 'always' };
  const spec = {
    workload: { deployment: { name, ...hold } },
    ...(traffic === undefined ? {} : { traffic }),
    strategy: { canary: traffic === undefined ? { replicas: [1, '25%', '50%'] } : { weights: WEIGHTS } },
  };
  return {
    document: {
      apiVersion: `${API_GROUP}/${API_VERSION}`,
      kind: 'Rollout',
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      spec,
    },
    notes: [
      ...trafficNotes(service, routers),
      isHeldByWebhook
        ? 'the webhook pauses the Deployment in the write that brings a new template, until that is released; at rest it is as it was'
        : 'spec.paused of the Deployment becomes true, at rest too: no webhook is installed that would hold new templates back',
      ...autoscalerNotes(around.autoscaler),
      'nothing judges a release yet but whether its pods stay up: add analysis with checks, and sources for them',
      ...around.unread.map((kind) => `you may not read ${kind}: what there is of them is not known here`),
    ],
  };
}

const WEIGHTS = ['5%', '25%', '50%'];

function serviceFor({ services }: Surroundings, wanted: string | undefined): string | undefined {
  const names = services.map(({ metadata }) => metadata.name);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    throw new Failure('usage', `the Service ${wanted} does not select pods of the Deployment`, {
      hint: names.length === 0 ? 'no Service does' : `there are: ${names.join(', ')}`,
    });
  }
  if (names.length <= 1) return names[0];
  throw new Failure('usage', `several Services select its pods: ${names.join(', ')}`, {
    hint: 'say by which users come: --service NAME',
  });
}

function usableIn(routers: readonly FoundRouter[]): { readonly traffic: JsonObject } | undefined {
  return routers.map(({ use }) => use).find((use) => 'traffic' in use);
}

function trafficNotes(service: string | undefined, routers: readonly FoundRouter[]): readonly string[] {
  if (service === undefined) return ['no Service selects its pods: shares are shares of replicas'];
  const [steered] = routers;
  if (steered === undefined || 'unusable' in steered.use) {
    return [
      `the Service ${service} selects every version: its users are divided by replicas`,
      ...routers.map(otherNote),
    ];
  }
  return [
    `${steered.what} sends to the Service ${service}: its weights become coalmine's, and all else of it stays`,
    besideNote(service, steered),
    ...routers.slice(1).map(otherNote),
  ];
}

function besideNote(service: string, { subsetsIn }: FoundRouter): string {
  return subsetsIn === undefined
    ? `beside the Service ${service} there are ${service}-stable and ${service}-canary while the Rollout exists`
    : `the DestinationRule ${subsetsIn} has the subsets stable and canary while the Rollout exists`;
}

function otherNote({ what, use }: FoundRouter): string {
  if ('unusable' in use) return `${what} is not steered: ${use.unusable}`;
  return `${what} sends there too, and is not steered: who comes by it is divided by replicas`;
}

/** How a Deployment is sized by itself, and what that counts. */
export function autoscalerNotes(autoscaler: Autoscaler | undefined): readonly string[] {
  if (autoscaler === undefined) return [];
  const { metadata, spec } = autoscaler;
  const { minReplicas = 1, maxReplicas, metrics = [] } = spec;
  const by = metrics.flatMap(metricName);
  const what = by.length === 0 ? '' : ` by ${by.join(' and ')}`;
  return [
    `the HorizontalPodAutoscaler ${metadata.name} goes on sizing the Deployment${what}, from ${minReplicas} to ${maxReplicas}: it counts pods of both versions in its average, and the sizes of all versions keep their shares`,
  ];
}

type Metric = NonNullable<Autoscaler['spec']['metrics']>[number];

function metricName(metric: Metric): readonly string[] {
  const { resource, containerResource, pods, object, external } = metric;
  const named = [resource, containerResource, pods?.metric, object?.metric, external?.metric];
  return named.flatMap((one) => one?.name ?? []);
}
