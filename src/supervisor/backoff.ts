import type { RestartPolicy } from '../rollout/model.ts';

/** How far each delay may lie from its middle, so that many instances do not come back in step. */
const JITTER = 0.2;

/** Quick exits in a row of one place in a group. */
export type Crashes = number;

/** The count after an end that came `upMs` after the start. */
export function afterEnd(crashes: Crashes, upMs: number, policy: RestartPolicy): Crashes {
  return upMs >= policy.stableAfterMs ? 0 : crashes + 1;
}

/** True when it has crashed so often that it is reported. */
export function isCrashLoop(crashes: Crashes, policy: RestartPolicy): boolean {
  return crashes >= policy.crashLoopAfter;
}

/** How long to wait before the next start, in milliseconds; `chance` is between 0 and 1. */
export function restartDelayMs(crashes: Crashes, policy: RestartPolicy, chance: number): number {
  const middle = Math.min(
    policy.maxDelayMs,
    policy.firstDelayMs * 2 ** Math.min(30, Math.max(0, crashes - 1)),
  );
  return Math.min(policy.maxDelayMs, middle * (1 - JITTER + 2 * JITTER * chance));
}
