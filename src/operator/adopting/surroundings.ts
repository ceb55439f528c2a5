import { Failure } from '../../base/failure.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource, type Resource } from '../../kube/resource.ts';
import { SERVICES, type Service } from '../../traffic/cluster/services.ts';
import { GRPC_ROUTES, HTTP_ROUTES, type ApiRoute } from '../../traffic/gateway-api/routes.ts';
import {
  DESTINATION_RULES,
  VIRTUAL_SERVICES,
  type DestinationRule,
  type VirtualService,
} from '../../traffic/istio/objects.ts';
import { INGRESSES, type Ingress } from '../../traffic/nginx-ingress/objects.ts';
import {
  DEPLOYMENTS,
  REPLICA_SETS,
  type Deployment,
  type ReplicaSet,
} from '../../workloads/deployment/objects.ts';
import { controllerOf } from '../../workloads/deployment/look.ts';
import { HOLD_CONFIGURATION } from '../install/names.ts';
import { rolloutsIn } from '../listing.ts';
import { deploymentOf } from '../objects.ts';
import { readConfiguration } from '../webhook/configuration.ts';

/** What sizes a Deployment by itself, as far as it is read. */
export interface Autoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly {
      readonly type: string;
      readonly resource?: { readonly name: string };
      readonly containerResource?: { readonly name: string };
      readonly pods?: { readonly metric: { readonly name: string } };
      readonly object?: { readonly metric: { readonly name: string } };
      readonly external?: { readonly metric: { readonly name: string } };
    }[];
  };
}

const AUTOSCALERS = resource<Autoscaler>('autoscaling/v2', 'HorizontalPodAutoscaler', {
  plural: 'horizontalpodautoscalers',
});

/** A Deployment, and what there is around it. */
export interface Surroundings {
  readonly deployment: Deployment;
  /** Its own. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Those that select its pods. */
  readonly services: readonly Service[];
  readonly autoscaler?: Autoscaler;
  readonly routes: readonly ApiRoute[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly ingresses: readonly Ingress[];
  /** The Rollout that has adopted it. */
  readonly rollout?: string;
  /** True: new templates are held back by a webhook. */
  readonly isHeldByWebhook: boolean;
  /** The kinds that may not be read, so that nothing is known of them. */
  readonly unread: readonly string[];
}

/** Which Deployment. */
export interface DeploymentPlace {
  readonly namespace: string;
  readonly name: string;
}

/** Reads what there is around a Deployment. Throws Failure `notFound` when it is not there, or nothing knows Rollouts. */
export async function surroundingsOf(
  client: KubeClient,
  at: DeploymentPlace,
  signal: AbortSignal,
): Promise<Surroundings> {
  const deployment = await client.get(DEPLOYMENTS, at, signal);
  if (deployment === undefined) throw missing(at);
  const reader = new Reader(client, at.namespace, signal);
  const { spec, metadata } = deployment;
  const rollouts = await rolloutsIn(client, { namespace: at.namespace }, signal);
  const [sets, services, scalers, http, grpc, virtualServices, destinationRules, ingresses, webhook] =
    await Promise.all([
      reader.all(REPLICA_SETS),
      reader.all(SERVICES),
      reader.all(AUTOSCALERS),
      reader.all(HTTP_ROUTES),
      reader.all(GRPC_ROUTES),
      reader.all(VIRTUAL_SERVICES),
      reader.all(DESTINATION_RULES),
      reader.all(INGRESSES),
      reader.perhaps(HOLD_CONFIGURATION, () => readConfiguration(client, signal)),
    ]);
  const autoscaler = scalers.find((one) => scales(one, at.name));
  const rollout = rollouts.find((one) => deploymentOf(one) === at.name)?.metadata.name;
  return {
    deployment,
    replicaSets: sets.filter((set) => controllerOf(set)?.uid === metadata.uid),
    services: services.filter((one) => isSelected(one, spec.template.metadata?.labels ?? {})),
    ...(autoscaler === undefined ? {} : { autoscaler }),
    routes: [...http, ...grpc],
    ...{ virtualServices, destinationRules, ingresses },
    ...(rollout === undefined ? {} : { rollout }),
    isHeldByWebhook: webhook !== undefined,
    unread: reader.unread,
  };
}

/** Reads kinds that a cluster may not know, and that who asks may not see. */
class Reader {
  readonly unread: string[] = [];
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #signal: AbortSignal;

  constructor(client: KubeClient, namespace: string, signal: AbortSignal) {
    this.#client = client;
    this.#namespace = namespace;
    this.#signal = signal;
  }

  async all<T extends KubeObject>(of: Resource<T>): Promise<readonly T[]> {
    const read = () => this.#client.list(of, { namespace: this.#namespace }, this.#signal);
    return (await this.perhaps(of.plural, read))?.items ?? [];
  }

  /** Undefined where the cluster does not know it, or does not tell. */
  async perhaps<T>(what: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (cause) {
      if (isApiError(cause, 'notFound')) return undefined;
      if (!isApiError(cause, 'forbidden')) throw cause;
      this.unread.push(what);
      return undefined;
    }
  }
}

function missing({ namespace, name }: DeploymentPlace): Failure {
  return new Failure('notFound', `there is no Deployment ${name} in the namespace ${namespace}`, {
    hint: 'see `kubectl get deployments`, or name another namespace with --namespace',
  });
}

function scales({ spec: { scaleTargetRef } }: Autoscaler, name: string): boolean {
  return scaleTargetRef.kind === DEPLOYMENTS.kind && scaleTargetRef.name === name;
}

function isSelected({ spec }: Service, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(spec.selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
