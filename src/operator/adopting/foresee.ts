import type { JsonObject } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import { resolveRollout } from '../../rollout/resolve/rollout.ts';
import type { Plan } from '../../strategy/plan.ts';
import { ROLLOUTS } from '../objects.ts';
import { routablePlan } from '../routing/routing.ts';
import { readMemory } from '../store/memory.ts';
import { refuseUnadoptable } from './refusals.ts';
import { autoscalerNotes } from './proposal.ts';
import { surroundingsOf, type Surroundings } from './surroundings.ts';

/** What the next release of a Rollout in a cluster would do. */
export interface ClusterPlan {
  readonly name: string;
  /** The version that is trusted; absent before the Rollout has adopted anything. */
  readonly from?: RevisionId;
  readonly plan: Plan;
  readonly unchanged: false;
  readonly replicas: number;
}

/** Where plans are made. */
export interface PlanPlace {
  readonly client: KubeClient;
  readonly namespace: string;
}

/**
 * The plan of a Rollout for its Deployment as it is now. Throws Failure `invalidSpec`, `notFound`, `conflict` and `refusedPlan`
 * where it could not be released so.
 */
export async function clusterPlan(
  { client, namespace }: PlanPlace,
  document: JsonObject,
  signal: AbortSignal,
): Promise<ClusterPlan> {
  const declared = resolveRollout(document, 'operator');
  const { name, workload } = declared;
  if (workload.kind !== 'deployment') throw new RangeError(`${workload.kind} does not run in a cluster`);
  const around = await surroundingsOf(client, { namespace, name: workload.name }, signal);
  if (around.rollout !== name) refuseUnadoptable(around);
  const object = await client.get(ROLLOUTS, { namespace, name }, signal);
  const from = readMemory(object?.status?.memory)?.status.stable;
  return { name, ...(from === undefined ? {} : { from }), ...planFor(declared, around) };
}

/** The plan of a Rollout, with the Deployment's own number of replicas. Throws Failure `refusedPlan`. */
export function planFor(
  declared: Rollout,
  { deployment, autoscaler }: Surroundings,
): Omit<ClusterPlan, 'name' | 'from'> {
  const replicas = Math.max(1, deployment.spec.replicas ?? 1);
  const rollout: Rollout = { ...declared, workload: { ...declared.workload, replicas } };
  const plan = routablePlan(rollout);
  const notes = [...plan.notes, ...autoscalerNotes(autoscaler)];
  return { plan: { steps: plan.steps, notes }, unchanged: false, replicas };
}
