import { isJsonObject, mayApprove, reaches, type Json } from '../../../src/client/browser.ts';
import type { RolloutView, SessionView } from '../../../src/client/index.ts';
import type { Session } from './session.ts';

/** True for who may do something to a Rollout that takes `role`. The server decides; this spares a refusal. */
export function may(session: Session, role: SessionView['role'], rollout: string): boolean {
  if (session.kind !== 'in') return false;
  const { who } = session;
  const isInScope = who.rollouts === undefined || who.rollouts.includes(rollout);
  return isInScope && reaches(who.role, role);
}

/** A gate that waits for people. */
export interface Approval {
  readonly gate: string;
  /** Whose word counts, as it is declared. */
  readonly by: readonly string[];
  readonly forMs: number;
}

/** The approval that a release waits for; undefined when it waits for none. */
export function approvalOf({ release, document }: RolloutView): Approval | undefined {
  const { held } = release ?? {};
  if (held?.kind !== 'gate' || release?.goingBack !== undefined) return undefined;
  const by = approversOf(document['spec'], held.name);
  return by === undefined ? undefined : { gate: held.name, by, forMs: held.forMs };
}

/** True for who has a say at a gate. */
export function hasSay(session: Session, { by }: Approval, rollout: string): boolean {
  if (session.kind !== 'in' || !may(session, 'operator', rollout)) return false;
  const { name, kind, groups } = session.who;
  return mayApprove({ by }, { author: { kind, name }, groups });
}

/** As the document says it; undefined for a gate of another kind. */
function approversOf(spec: Json | undefined, name: string): readonly string[] | undefined {
  const gates = isJsonObject(spec) ? listOf(spec['gates']) : [];
  const gate = gates.find((one) => isJsonObject(one) && one['name'] === name);
  const approval = isJsonObject(gate) ? gate['approval'] : undefined;
  if (!isJsonObject(approval)) return undefined;
  return listOf(approval['by']).filter((one) => typeof one === 'string');
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
