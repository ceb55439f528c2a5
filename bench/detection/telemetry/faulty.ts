import type { Random } from '../../random.ts';
import { ArmCounts } from '../../traces.ts';
import { STAGE_SECONDS, type TelemetryFaults } from '../scenarios/scenario.ts';
import type { SecondCounts, Service } from './service.ts';

/** The arms that are read. */
export const ARMS = ['candidate', 'baseline', 'stable'] as const;
/** One of the arms. */
export type Arm = (typeof ARMS)[number];

/** What goes wrong with the telemetry of one run: drawn beforehand, the same for all who read. */
export interface Mishaps {
  /** True: the reading at this second's end is lost; `arm` absent: that of whoever reads all arms at once. */
  readonly isLost: (second: number, arm?: Arm) => boolean;
  /** True: the arm's counters start anew in this second. */
  readonly isReset: (second: number, arm: Arm) => boolean;
}

const NONE: Mishaps = { isLost: () => false, isReset: () => false };

/** Draws the mishaps of a run. */
export function mishapsOf(faults: TelemetryFaults | undefined, random: Random): Mishaps {
  if (faults === undefined) return NONE;
  const { missing, resetsPerHour = 0 } = faults;
  const gapFrom = Math.floor(random.next() * STAGE_SECONDS);
  const lost = new Map<string, boolean>();
  const resets = new Map(ARMS.map((arm) => [arm, resetSeconds(resetsPerHour, random)] as const));
  return {
    isLost(second, arm) {
      if (missing === undefined) return false;
      if (second >= gapFrom && second < gapFrom + missing.gapSeconds) return true;
      const key = `${second} ${arm ?? ''}`;
      let is = lost.get(key);
      if (is === undefined) lost.set(key, (is = random.next() < missing.share));
      return is;
    },
    isReset: (second, arm) => resets.get(arm)?.has(second) ?? false,
  };
}

function resetSeconds(perHour: number, random: Random): ReadonlySet<number> {
  return new Set(Array.from({ length: perHour }, () => Math.floor(random.next() * STAGE_SECONDS)));
}

/** The service as somebody sees it to whom the candidate's counters come late. */
export function skewed(service: Service, seconds: number): Service {
  if (seconds === 0) return service;
  const late = Array.from({ length: seconds }, () => new ArmCounts());
  let next = 0;
  const seen = new ArmCounts();
  return (): SecondCounts => {
    const { candidate, ...others } = service();
    const slot = late[next]!;
    seen.clear();
    seen.add(slot);
    slot.clear();
    slot.add(candidate);
    next = (next + 1) % seconds;
    return { ...others, candidate: seen };
  };
}
