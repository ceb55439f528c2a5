import type { KubeClient, Selection } from '../../kube/client.ts';
import { LABELS } from '../../kube/names.ts';
import type { ConfigRef } from './configs.ts';
import {
  CONFIGS,
  CONTROLLER_REVISIONS,
  DEPLOYMENTS,
  PODS,
  REPLICA_SETS,
  type Config,
  type ControllerRevision,
  type Deployment,
  type LabelSelector,
  type Pod,
  type ReplicaSet,
} from './objects.ts';

/** Where a Deployment and what belongs to it are read: from the API server, or from whoever watches it. */
export interface Reads {
  deployment(signal: AbortSignal): Promise<Deployment | undefined>;
  /** All that have these labels, whoever owns them. */
  replicaSets(of: LabelSelector, signal: AbortSignal): Promise<readonly ReplicaSet[]>;
  pods(of: LabelSelector, signal: AbortSignal): Promise<readonly Pod[]>;
  /** What is written down of the revisions of a Rollout. */
  revisions(rollout: string, signal: AbortSignal): Promise<readonly ControllerRevision[]>;
  config(ref: ConfigRef, signal: AbortSignal): Promise<Config | undefined>;
}

/** Asks the API server each time. */
export function directReads(client: KubeClient, namespace: string, name: string): Reads {
  const selected = (of: LabelSelector): Selection => ({ namespace, labels: selectorText(of) });
  return {
    deployment: (signal) => client.get(DEPLOYMENTS, { namespace, name }, signal),
    replicaSets: async (of, signal) => (await client.list(REPLICA_SETS, selected(of), signal)).items,
    pods: async (of, signal) => (await client.list(PODS, selected(of), signal)).items,
    revisions: async (rollout, signal) => {
      const selection = { namespace, labels: `${LABELS.rollout}=${rollout}` };
      return (await client.list(CONTROLLER_REVISIONS, selection, signal)).items;
    },
    config: (ref, signal) => client.get(CONFIGS[ref.kind], { namespace, name: ref.name }, signal),
  };
}

/** A selector as requests write it. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...equal, ...others].join(',');
}
