import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ObjectKey } from '../kube/object.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Log } from '../telemetry/log.ts';
import { deploymentWorkload, type AdoptedDeployment } from '../workloads/deployment/workload.ts';
import type { Config, Deployment } from '../workloads/deployment/objects.ts';
import { ownerOf, type RolloutObject } from './objects.ts';
import type { Obstacle } from './status/conditions.ts';
import type { Providers } from './runtime.ts';
import { Watches } from './watches.ts';

/** What the providers of a cluster work with. */
export interface ProviderOptions {
  readonly client: KubeClient;
  /** The one namespace that is looked after; absent: all. */
  readonly namespace?: string;
  /** Without it, digests of Secrets say nothing. */
  readonly key: string;
  readonly log: Log;
}

/** What runs Rollouts in a cluster. */
export class ClusterProviders implements Providers {
  readonly #options: ProviderOptions;
  readonly #watches: Watches;
  #onChange: (object: KubeObject) => void = () => undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
    const { client, namespace, log } = options;
    this.#watches = new Watches({
      ...{ client, log },
      ...(namespace === undefined ? {} : { namespace }),
      onChange: (object) => {
        this.#onChange(object);
      },
    });
  }

  get isComplete(): boolean {
    return this.#watches.isComplete;
  }

  run(onChange: (object: KubeObject) => void, signal: AbortSignal): Promise<void> {
    this.#onChange = onChange;
    return this.#watches.run(signal);
  }

  deployment(key: ObjectKey): Deployment | undefined {
    return this.#watches.deployment(key);
  }

  workloadOf(object: RolloutObject, { workload, historyKeep }: Rollout): AdoptedDeployment {
    if (workload.kind !== 'deployment') throw new RangeError(`${workload.kind} does not run in a cluster`);
    const { namespace = 'default' } = object.metadata;
    return deploymentWorkload({
      client: this.#watches.client,
      namespace,
      owner: ownerOf(object.metadata),
      workload,
      key: this.#options.key,
      keep: historyKeep,
      now: Date.now,
      reads: this.#watches.readsOf(namespace, workload.name),
    });
  }

  secret({ namespace = 'default', name }: ObjectKey, signal: AbortSignal): Promise<Config | undefined> {
    return this.#watches.secret(namespace, name, signal);
  }

  unroutable({ traffic }: Rollout): Obstacle | undefined {
    if (traffic === undefined) return undefined;
    const message = `the operator does not divide traffic by ${traffic.kind} yet: leave traffic out`;
    return { reason: 'NotBuilt', message };
  }

  routerOf(): undefined {
    return undefined;
  }
}
