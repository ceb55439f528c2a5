import { isSameJson } from '../../base/same-json.ts';
import type { ReleaseState, Status } from '../../engine/status.ts';

/** While a release runs, clocks and evidence may be so much older in the cluster than here, in milliseconds. */
const RELEASE_LAG_MS = 10_000;
/** So many of them are saved a second, however many releases run: they must not stand in the way of what decides something. */
const MOST_A_SECOND = 20;
/** At rest little changes, and nothing depends on it. */
const REST_LAG_MS = 60_000;

/**
 * True when `next` must be saved before anything is done. What only counts on, as clocks and evidence do, decides nothing
 * yet: evidence is the difference to the last saved reading, so what a crash forgets is measured again.
 */
export function isUrgent(saved: Status, next: Status): boolean {
  return !isSameJson(decisive(saved), decisive(next));
}

/** How long a status that is not urgent may wait for its save, while so many releases run. */
export function longestLagMs({ release }: Status, running: number): number {
  if (release === undefined) return REST_LAG_MS;
  return Math.max(RELEASE_LAG_MS, (running / MOST_A_SECOND) * 1_000);
}

function decisive(status: Status): object {
  const { message, release, kept, standing, pendingHooks, notices, ...others } = status;
  // At rest nothing comes after it that would be saved; but the time that is left of what is kept only counts on.
  const isLast = release === undefined && kept === undefined;
  return {
    ...others,
    ...(isLast ? { message } : {}),
    kept: kept?.revision,
    standing: standing === undefined ? undefined : true,
    pendingHooks: pendingHooks?.map(({ key }) => key),
    notices: notices?.map(({ key }) => key),
    release: release === undefined ? undefined : decisiveOf(release),
  };
}

function decisiveOf(release: ReleaseState): object {
  const { stageMs: _stage, measuredMs: _measured, measuredRequests: _requests, ...others } = release;
  const { ageMs: _age, seenAt: _seen, evidence: _evidence, reading: _reading, ...rest } = others;
  const { judgement, experiment: _experiment, served: _served, differences: _differences, ...steady } = rest;
  const { held, missing: _missing, ...decided } = steady;
  return {
    ...decided,
    verdict: judgement?.verdict,
    held: held === undefined ? undefined : `${held.kind} ${held.name}`,
  };
}
