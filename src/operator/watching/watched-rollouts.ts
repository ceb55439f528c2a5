import { messageOf } from '../../base/failure.ts';
import type { JsonObject } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import { Informer, type KeptChange } from '../../kube/informer.ts';
import { LABELS } from '../../kube/names.ts';
import type { KubeObject, ObjectKey } from '../../kube/object.ts';
import { SERVICES } from '../../traffic/cluster/services.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Concern } from './concerns.ts';
import { keptWhole, sameSpec } from './kept.ts';
import { deploymentOf, ROLLOUTS, type RolloutObject } from '../objects.ts';
import { steeredIn } from '../routing/routing.ts';

/** Which Rollouts are watched, and who is told of their changes. */
export interface WatchedRolloutsOptions {
  readonly client: KubeClient;
  /** Absent: all of the cluster. */
  readonly namespace?: string;
  readonly log: Log;
  readonly onChange: (change: KeptChange<RolloutObject>) => void;
}

/** The Rollouts of a cluster, found by what they have to do with: never by looking at all of them. */
export class WatchedRollouts {
  readonly #informer: Informer<RolloutObject, RolloutObject>;
  /** The objects that are steered, by the specification that says so. */
  readonly #steered = new WeakMap<JsonObject, readonly string[]>();

  constructor({ client, namespace, log, onChange }: WatchedRolloutsOptions) {
    this.#informer = new Informer({
      client,
      of: ROLLOUTS,
      keep: keptRollout,
      selection: namespace === undefined ? {} : { namespace },
      indexes: {
        deployment: (rollout) => [`${namespaceOf(rollout)} ${deploymentOf(rollout) ?? ''}`],
        waiting: (rollout) => (rollout.status?.phase === 'Waiting' ? [namespaceOf(rollout)] : []),
        routed: (rollout) => (rollout.spec['traffic'] === undefined ? [] : [namespaceOf(rollout)]),
        steered: (rollout) => this.#steeredBy(rollout).map((one) => `${namespaceOf(rollout)} ${one}`),
      },
      onChange,
      onTrouble: (cause) => {
        log.warn(`rollouts cannot be watched: ${messageOf(cause)}`);
      },
    });
  }

  get hasSynced(): boolean {
    return this.#informer.hasSynced;
  }

  /** Follows until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#informer.run(signal);
  }

  get(key: ObjectKey): RolloutObject | undefined {
    return this.#informer.get(key);
  }

  all(): readonly RolloutObject[] {
    return this.#informer.all();
  }

  /** Those that stand at a gate. */
  waitingIn(namespace = 'default'): readonly RolloutObject[] {
    return this.#informer.under('waiting', namespace);
  }

  /** Those that a change is about. */
  concerned(concern: Concern): readonly RolloutObject[] {
    if ('route' in concern) return this.#routedBy(concern.route);
    if ('rollout' in concern) return this.#named(concern.rollout);
    const { namespace = 'default', name } = concern.deployment;
    return this.#informer.under('deployment', `${namespace} ${name}`);
  }

  /** Those for the same Deployment, or by the same route. */
  rivalsOf(rollout: RolloutObject): readonly RolloutObject[] {
    const namespace = namespaceOf(rollout);
    const sameDeployment = this.#informer.under('deployment', `${namespace} ${deploymentOf(rollout) ?? ''}`);
    const sameRoute = this.#steeredBy(rollout).flatMap((one) =>
      this.#informer.under('steered', `${namespace} ${one}`),
    );
    return [...new Set([...sameDeployment, ...sameRoute])].filter(
      ({ metadata }) => metadata.uid !== rollout.metadata.uid,
    );
  }

  #named(key: ObjectKey): readonly RolloutObject[] {
    const found = this.#informer.get(key);
    return found === undefined ? [] : [found];
  }

  #routedBy({ kind = '', metadata }: KubeObject): readonly RolloutObject[] {
    const { namespace = 'default', name, labels = {} } = metadata;
    const owner = labels[LABELS.rollout];
    if (owner !== undefined) return this.#named({ namespace, name: owner });
    // Which Service a route sends to says the route alone.
    if (kind === SERVICES.kind) return this.#informer.under('routed', namespace);
    return this.#informer.under('steered', `${namespace} ${kind} ${name}`);
  }

  #steeredBy(rollout: RolloutObject): readonly string[] {
    const known = this.#steered.get(rollout.spec);
    if (known !== undefined) return known;
    const steered = steeredIn(rollout);
    this.#steered.set(rollout.spec, steered);
    return steered;
  }
}

/** A specification that has not changed stays the same object. */
function keptRollout(object: RolloutObject, before: RolloutObject | undefined): RolloutObject {
  return { ...keptWhole(object), spec: sameSpec(object, before) ?? object.spec };
}

function namespaceOf({ metadata: { namespace = 'default' } }: RolloutObject): string {
  return namespace;
}
