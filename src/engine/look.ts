import type { Copy, Group, Observation } from './observation.ts';
import type { ReleaseState, Status } from './status.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import type { Hurdle, Step, Wait } from '../strategy/plan.ts';

/** Everything one call of `advance` looks at. */
export interface Look {
  readonly rollout: Rollout;
  readonly status: Status;
  readonly seen: Observation;
  readonly now: number;
}

/** A look at a running release; `release` already has its clocks brought up to date. */
export interface ReleaseLook extends Look {
  readonly release: ReleaseState;
}

/** More than this between two looks is the controller's absence or a jump of the clock, not the stage's time. */
const LONGEST_LOOK_MS = 60_000;

/** Brings a release's clocks up to `now`. A clock that went back adds nothing; that of a stage stands while it is held. */
export function withClocks(release: ReleaseState, now: number, isHeld = false): ReleaseState {
  const elapsedMs = Math.max(0, now - release.seenAt);
  const stageMs = release.paused || isHeld ? 0 : Math.min(elapsedMs, LONGEST_LOOK_MS);
  return {
    ...release,
    ageMs: release.ageMs + elapsedMs,
    stageMs: release.stageMs + stageMs,
    seenAt: now,
  };
}

/** The step the release is at. */
export function stepOf(release: ReleaseState): Step {
  const step = release.plan.steps[release.step];
  if (step === undefined) throw new RangeError(`release ${release.number} has no step ${release.step}`);
  return step;
}

/** The hurdle of the step at hand that comes next; undefined when all are passed. */
export function nextHurdle(release: ReleaseState): Hurdle | undefined {
  return stepOf(release).hurdles?.[release.passed ?? 0];
}

/** What the step at hand waits for: nothing, once a user has promoted past it. */
export function waitAt(release: ReleaseState): Wait {
  return release.step < (release.passedTo ?? 0) ? { kind: 'none' } : stepOf(release).wait;
}

/** That somebody has paused the release, and who. */
export function pausedWords({ pausedBy = 'a user' }: ReleaseState): string {
  return `paused by ${pausedBy}`;
}

/** The step whose route is served now: the last that was confirmed. */
export function servedStep(release: ReleaseState): Step | undefined {
  return release.plan.steps[release.confirmedStep];
}

/** The processes of a revision, or of a copy of it; undefined when there are none or nobody knows. */
export function groupOf(seen: Observation, revision: RevisionId | undefined, copy?: Copy): Group | undefined {
  return seen.groups?.find((group) => group.revision === revision && group.copy === copy);
}

/** How many processes of a revision, or of a copy of it, can serve. */
export function readyOf(seen: Observation, revision: RevisionId | undefined, copy?: Copy): number {
  return groupOf(seen, revision, copy)?.ready ?? 0;
}

/** True where nothing divides requests: they, or jobs, go to whatever is ready. */
export function followsPods({ traffic }: Rollout): boolean {
  return traffic === undefined || traffic.kind === 'service';
}

/** True once the step has begun to take stable's capacity away: there is no way back but undo. */
export function isCommitted(release: ReleaseState): boolean {
  return stepOf(release).promoting && (release.stage === 'shrink' || release.stage === 'wait');
}
