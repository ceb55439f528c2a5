import type { Probe } from '../rollout/model.ts';
import { afterAnswer, type Health } from './health.ts';
import { askProbe, type ProbeTarget } from './probe.ts';
import { waitFor } from '../system/waiting.ts';

/** Until its first success a process is asked at least this often, so that it serves soon after it can. */
const EAGER_EVERY_MS = 250;

/** A probe to be asked again and again. */
export interface ProbeWatch {
  readonly probe: Probe;
  readonly target: ProbeTarget;
  /** What is known before the first answer. */
  readonly health: Health;
  /** Told after each answer. */
  readonly onHealth: (health: Health) => void;
}

/** Asks at once and then at the probe's pace, until aborted. */
export async function watchProbe(watch: ProbeWatch, signal: AbortSignal): Promise<void> {
  const { probe } = watch;
  let health = watch.health;
  let goOn = true;
  while (goOn) {
    const answer = await askProbe(probe, watch.target, signal);
    if (signal.aborted) return;
    health = afterAnswer(health, answer, probe);
    watch.onHealth(health);
    goOn = await waitFor(health.wasOk ? probe.everyMs : Math.min(probe.everyMs, EAGER_EVERY_MS), signal);
  }
}
