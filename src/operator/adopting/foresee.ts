import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import { resolveRollout } from '../../rollout/resolve/rollout.ts';
import { API_VERSION, KUBERNETES_API_VERSION } from '../../rollout/schema/document.ts';
import type { Plan } from '../../strategy/plan.ts';
import { HOLD_CONFIGURATION } from '../install/names.ts';
import { asksForWebhook, ROLLOUTS } from '../objects.ts';
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
  const { plan, ...rest } = planFor(declared, around);
  const notes = [...plan.notes, ...holdNotes(document, around), ...versionNotes(document)];
  return { name, ...(from === undefined ? {} : { from }), plan: { ...plan, notes }, ...rest };
}

/** What comes of asking for a webhook that is not there. Who may not read of it cannot know. */
function holdNotes({ spec }: JsonObject, { isHeldByWebhook, unread }: Surroundings): readonly string[] {
  const isUnknown = isHeldByWebhook || unread.includes(HOLD_CONFIGURATION);
  if (isUnknown || !isJsonObject(spec) || !asksForWebhook({ spec })) return [];
  return [
    'hold: webhook is said, and no webhook is installed: Kubernetes may have replaced pods of the trusted version before the Deployment is paused; leave hold out, or install the webhook with "coalmine install --hold webhook"',
  ];
}

/** A file that is written for `coalmine up`, or says no version, is none that kubectl knows what to do with. */
function versionNotes({ apiVersion }: JsonObject): readonly string[] {
  if (apiVersion !== API_VERSION) return [];
  return [`for "kubectl apply" it must say apiVersion: ${KUBERNETES_API_VERSION}`];
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
