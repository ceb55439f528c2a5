import type { ArmState, Noise } from '../../traces.ts';

/** How long every release is watched, in seconds, at a fixed weight. */
export const STAGE_SECONDS = 3_600;

/** Good releases on which the false-alarm rate must hold: the clean one alone, or also the usual disturbances. */
export const CALIBRATIONS = { steady: ['steady'], usual: ['steady', 'bursts', 'drift-1'] } as const;

/** The usual service: 0.1 % errors, 20 requests/s on the canary, as many on a fresh baseline, 180 on stable. */
export const USUAL = { canary: 20, baseline: 20, stable: 180, errorRate: 0.001 } as const;

/** The three arms at one second. `baseline` is a fresh copy of stable, of the canary's size. */
export interface ServiceState {
  readonly candidate: ArmState;
  readonly baseline: ArmState;
  readonly stable: ArmState;
}

/** What may go wrong between the service and whoever reads its counters. */
export interface TelemetryFaults {
  /** Readings that are lost, each by itself, and a longer gap once in a run. */
  readonly missing?: { readonly share: number; readonly gapSeconds: number };
  /** The canary's readings are this late, in whole seconds. */
  readonly skewSeconds?: number;
  /** Counters of an arm start anew this often in an hour. */
  readonly resetsPerHour?: number;
}

/** Harm that a bad release does. */
export interface Fault {
  /** The second at which it begins. */
  readonly from: number;
  /** Expected requests failed or slowed at that second, of one canary request. */
  readonly harmedShare: (second: number) => number;
  /** What coalmine must reach at one-second ticks, in seconds after the first bad request. */
  readonly target?: { readonly median: number; readonly p90?: number };
}

interface Named {
  /** Short, for the command line and the seeds. */
  readonly id: string;
  readonly title: string;
  readonly telemetry?: TelemetryFaults;
  /** Absent: the release is good. */
  readonly fault?: Fault;
  /** The canary's usual requests a second, for counting harm. */
  readonly canaryPerSecond: number;
  /** True: its harmless difference is one that the hypothesis of the tests does not allow. */
  readonly isBeyondNull?: boolean;
}

/** A made-up service. */
export interface SyntheticScenario extends Named {
  readonly kind: 'synthetic';
  readonly stateAt: (second: number, noise: Noise) => ServiceState;
}

/** A service whose requests were recorded, split at random. */
export interface ReplayScenario extends Named {
  readonly kind: 'replay';
  readonly recording: 'llm' | 'access';
  readonly change: { readonly slowness: number; readonly addedErrorRate: number };
}

/** One row of the comparison. */
export type Scenario = SyntheticScenario | ReplayScenario;

/** Requests expected to be harmed in one second. */
export function harmedIn({ fault, canaryPerSecond }: Scenario, second: number): number {
  return fault === undefined || second < fault.from ? 0 : canaryPerSecond * fault.harmedShare(second);
}
