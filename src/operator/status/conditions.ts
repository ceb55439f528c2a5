import type { Phase } from '../../rollout/model.ts';
import type { Status } from '../../engine/status.ts';
import type { Condition } from '../crd/condition.ts';

/** A condition before it is known since when it is so. */
type Fact = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Why a Rollout cannot be worked with at all. */
export interface Obstacle {
  /** One word for programs. */
  readonly reason: string;
  /** What is wrong, and what to do about it. */
  readonly message: string;
}

/** What conditions are found of. */
export interface Found {
  readonly generation: number;
  /** RFC 3339. */
  readonly at: string;
  readonly before: readonly Condition[];
  /** Why what is declared now does not count, while a release goes on by what was declared before. */
  readonly refused?: Obstacle;
}

/** Phases in which nothing goes on. */
const AT_REST: readonly Phase[] = ['Healthy', 'Degraded'];

/**
 * What holds of a Rollout. `Healthy` is for people who wait, `Reconciling` and `Stalled` for tools that know kstatus, and
 * `Ready` for those that know neither. `Measured` is there, and false, while a release cannot be judged; `Accepted`, while
 * it goes on by what was declared before.
 */
export function conditionsOf({ phase, message, release }: Status, found: Found): readonly Condition[] {
  const isHealthy = phase === 'Healthy';
  const isUnderWay = !AT_REST.includes(phase);
  const fact = (type: string, holds: boolean): Fact => ({
    type,
    status: holds ? 'True' : 'False',
    reason: phase,
    message,
  });
  return dated(
    [
      fact('Ready', isHealthy),
      fact('Healthy', isHealthy),
      fact('Progressing', release !== undefined),
      fact('Paused', phase === 'Paused' || phase === 'Waiting'),
      fact('Degraded', phase === 'Degraded'),
      fact('Reconciling', isUnderWay),
      fact('Stalled', phase === 'Degraded'),
      ...(release?.missing === undefined ? [] : [unmeasured(release.missing)]),
      ...(found.refused === undefined ? [] : [unaccepted(found.refused)]),
    ],
    found,
  );
}

/** Why a release waits that measures nothing: one word for programs, and its name as an event. */
export const NOT_MEASURED = 'NotMeasured';

function unmeasured(message: string): Fact {
  return { type: 'Measured', status: 'False', reason: NOT_MEASURED, message };
}

const ACCEPTED = 'Accepted';

function unaccepted({ reason, message }: Obstacle): Fact {
  return { type: ACCEPTED, status: 'False', reason, message };
}

/** Why what is declared does not count, as conditions tell; undefined where it does. */
export function refusedIn(conditions: readonly Condition[]): string | undefined {
  return conditions.find(({ type, status }) => type === ACCEPTED && status === 'False')?.message;
}

/** What holds of a Rollout that something stands in the way of. */
export function obstructed({ reason, message }: Obstacle, found: Found): readonly Condition[] {
  const fact = (type: string, holds: boolean): Fact => ({
    type,
    status: holds ? 'True' : 'False',
    reason,
    message,
  });
  return dated([fact('Ready', false), fact('Healthy', false), fact('Stalled', true)], found);
}

/** True where conditions tell of an obstacle: what is worked with is stalled for its phase alone. */
export function isObstructed(conditions: readonly Condition[]): boolean {
  const phase: Phase = 'Degraded';
  return conditions.some(
    ({ type, status, reason }) => type === 'Stalled' && status === 'True' && reason !== phase,
  );
}

/** A condition dates from when its status changed last; what is not said any more is gone. */
function dated(facts: readonly Fact[], { generation, at, before }: Found): readonly Condition[] {
  return facts.map((one) => {
    const last = before.find(({ type }) => type === one.type);
    const lastTransitionTime = last?.status === one.status ? last.lastTransitionTime : at;
    return { ...one, lastTransitionTime, observedGeneration: generation };
  });
}
