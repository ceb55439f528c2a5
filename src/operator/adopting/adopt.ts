import { resolveRollout } from '../../rollout/resolve/rollout.ts';
import { ROLLOUTS, type RolloutObject } from '../objects.ts';
import { planFor, type ClusterPlan, type PlanPlace } from './foresee.ts';
import { proposalOf, type Proposal } from './proposal.ts';
import { refuseUnadoptable } from './refusals.ts';
import { surroundingsOf } from './surroundings.ts';

/** What adopting a Deployment would come to. */
export interface AdoptionPlan extends Proposal {
  readonly plan: ClusterPlan;
}

/** Which Deployment, and by which Service its users come, where several select its pods. */
export interface AdoptionChoice {
  readonly deployment: string;
  readonly service?: string;
}

/** Writes a Rollout for a Deployment that has none. Throws Failure when it cannot be adopted, with the reasons. */
export async function proposeAdoption(
  { client, namespace }: PlanPlace,
  { deployment, service }: AdoptionChoice,
  signal: AbortSignal,
): Promise<AdoptionPlan> {
  const around = await surroundingsOf(client, { namespace, name: deployment }, signal);
  refuseUnadoptable(around);
  const proposal = proposalOf(around, service);
  const rollout = resolveRollout(proposal.document, 'operator');
  const { plan, ...rest } = planFor(rollout, around);
  // What is said of the Deployment is said once.
  const notes = plan.notes.filter((note) => !proposal.notes.includes(note));
  return { ...proposal, plan: { name: rollout.name, plan: { ...plan, notes }, ...rest } };
}

/** Makes the Rollout that was proposed. Throws Failure `conflict` when there is one of this name by now. */
export async function applyAdoption(
  { client, namespace }: PlanPlace,
  { document }: Pick<Proposal, 'document'>,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, spec } = document as unknown as RolloutObject;
  await client.create(ROLLOUTS, { metadata: { ...metadata, namespace }, spec }, signal);
}
