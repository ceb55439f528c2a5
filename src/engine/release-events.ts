import type { Outcome } from '../rollout/model.ts';
import type { EndedRelease, EngineEvent, EventType } from './decision.ts';
import type { ReleaseState } from './status.ts';

/** An event of a release. */
export function event(release: ReleaseState, type: EventType, message: string): EngineEvent {
  return { type, message, release: release.number, revision: release.to };
}

/** How a release ends. */
export interface Ending {
  readonly outcome: Outcome;
  readonly reason: string;
  /** True: the candidate is not to be tried again by itself. */
  readonly reject: boolean;
}

const OUTCOME_EVENTS: Readonly<Record<Outcome, EventType>> = {
  promoted: 'Promoted',
  rolledBack: 'RolledBack',
  aborted: 'Aborted',
  failed: 'Failed',
  completed: 'Completed',
};

/** The one event that tells an outcome. */
export function endEvent(release: ReleaseState, ending: Ending): EngineEvent {
  return event(release, OUTCOME_EVENTS[ending.outcome], ending.reason);
}

/** The release as history keeps it. */
export function historyOf(release: ReleaseState, ending: Ending, endedAt: number): EndedRelease {
  const { number, from, to, variants, by, plan, startedAt } = release;
  const { evidence, judgement, differences, experiment, served } = release;
  return {
    number,
    ...(from === undefined ? {} : { from }),
    to,
    ...(by === undefined ? {} : { by }),
    ...(variants === undefined ? {} : { variants }),
    plan,
    startedAt,
    endedAt,
    outcome: ending.outcome,
    reason: ending.reason,
    ...(evidence === undefined ? {} : { evidence }),
    ...(judgement === undefined ? {} : { judgement }),
    ...(differences === undefined ? {} : { differences }),
    ...(experiment === undefined ? {} : { experiment: experiment.judgement }),
    served,
  };
}
