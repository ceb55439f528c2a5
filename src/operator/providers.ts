import type { KubeClient } from '../kube/client.ts';
import type { ObjectKey } from '../kube/object.ts';
import type { Rollout } from '../rollout/model.ts';
import { deadlineIn } from '../system/waiting.ts';
import type { Log } from '../telemetry/log.ts';
import { clusterRouterOf } from '../traffic/cluster-routers.ts';
import type { ClusterRouter } from '../traffic/cluster/router.ts';
import { Identities } from '../workloads/deployment/identity.ts';
import { deploymentWorkload, type AdoptedDeployment } from '../workloads/deployment/workload.ts';
import type { Config, Deployment } from '../workloads/deployment/objects.ts';
import type { Concern } from './watching/concerns.ts';
import { leavesHoldOpen, ownerOf, type RolloutObject } from './objects.ts';
import { RouteWatches } from './watching/route-watches.ts';
import { clusterTrafficOf } from './routing/routing.ts';
import type { Providers } from './runtime.ts';
import { Watches } from './watching/watches.ts';

/** What the providers of a cluster work with. */
export interface ProviderOptions {
  readonly client: KubeClient;
  /** The one namespace that is looked after; absent: all. */
  readonly namespace?: string;
  /** Without it, digests of Secrets say nothing. */
  readonly key: string;
  /** True: no webhook pauses a Deployment in the write that changes it. What leaves open how it is held is paused at rest, too. */
  readonly lacksWebhook?: boolean;
  readonly log: Log;
}

/** How long finding out which pods are a revision's may take, in milliseconds. */
const REQUEST_MS = 5_000;

/** What runs Rollouts in a cluster. */
export class ClusterProviders implements Providers {
  readonly #options: ProviderOptions;
  readonly #watches: Watches;
  readonly #identities: Identities;
  readonly #routes: RouteWatches;
  #onChange: (concern: Concern) => void = () => undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
    const { client, namespace, log } = options;
    this.#identities = new Identities(options.key);
    const watched = {
      ...{ client, log },
      ...(namespace === undefined ? {} : { namespace }),
      onChange: (concern: Concern) => {
        this.#onChange(concern);
      },
    };
    this.#watches = new Watches(watched);
    this.#routes = new RouteWatches(watched);
  }

  get isComplete(): boolean {
    return this.#watches.isComplete;
  }

  async run(onChange: (concern: Concern) => void, signal: AbortSignal): Promise<void> {
    this.#onChange = onChange;
    await this.#watches.run(signal);
    await this.#routes.end();
  }

  deployment(key: ObjectKey): Deployment | undefined {
    return this.#watches.deployment(key);
  }

  workloadOf(object: RolloutObject, { workload, historyKeep }: Rollout): AdoptedDeployment {
    if (workload.kind !== 'deployment') throw new RangeError(`${workload.kind} does not run in a cluster`);
    const { namespace = 'default' } = object.metadata;
    const isAlwaysHeld = this.#options.lacksWebhook === true && leavesHoldOpen(object);
    return deploymentWorkload({
      client: this.#watches.client,
      namespace,
      owner: ownerOf(object.metadata),
      workload: isAlwaysHeld ? { ...workload, hold: 'always' } : workload,
      identities: this.#identities,
      keep: historyKeep,
      now: Date.now,
      reads: this.#watches.readsOf(namespace, workload.name),
    });
  }

  secret({ namespace = 'default', name }: ObjectKey, signal: AbortSignal): Promise<Config | undefined> {
    return this.#watches.secret(namespace, name, signal);
  }

  routerOf(object: RolloutObject, rollout: Rollout): ClusterRouter | undefined {
    const traffic = clusterTrafficOf(rollout);
    if (traffic === undefined) return undefined;
    const { namespace = 'default' } = object.metadata;
    const workload = this.workloadOf(object, rollout);
    return clusterRouterOf(traffic, {
      client: this.#options.client,
      namespace,
      owner: { rollout: object.metadata.name, reference: ownerOf(object.metadata) },
      podsOf: (revision, copy) =>
        workload.podsOf({ revision, ...(copy === undefined ? {} : { copy }) }, deadlineIn(REQUEST_MS)),
      cached: this.#routes.readIn(namespace),
    });
  }
}
