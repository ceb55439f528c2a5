import type { JsonObject } from '../../base/json.ts';
import type { Judgement } from '../../analysis/judgement.ts';
import type { Sample, Tick } from '../../analysis/measurement.ts';
import type { Outcome } from '../../rollout/model.ts';

/** A release as it was recorded: all it was judged by, and what was said of it. */
export interface Recording {
  readonly rollout: string;
  readonly release: RecordedRelease;
  /** The steps of the plan. */
  readonly steps: readonly RecordedStep[];
  /** What declares the Rollout. */
  readonly document: JsonObject;
  /** What was counted as evidence, in its order. */
  readonly ticks: readonly RecordedTick[];
}

/** What is known of the release itself. */
export interface RecordedRelease {
  readonly number: number;
  readonly from?: string;
  readonly to: string;
  readonly startedAt: number;
  /** Absent while it runs. */
  readonly endedAt?: number;
  readonly outcome?: Outcome;
  readonly reason?: string;
  /** What each check was judged by, as its evidence tells; absent while it runs. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A step of the plan. */
export interface RecordedStep {
  readonly title: string;
  /** True: something was waited for in it, so that harm may have begun to show in it. */
  readonly waits: boolean;
}

/** A tick, and what the analysis said after it; a recording of others may not tell. */
export interface RecordedTick {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly tick: Tick;
  readonly judgement?: Judgement;
}

/** JSON knows no NaN: where a gauge has null, it was none. */
export function revived(tick: Tick): Tick {
  if (tick.measured === undefined) return tick;
  const entries = Object.entries(tick.measured).map(
    ([name, sample]) => [name, revivedSample(sample)] as const,
  );
  return { ...tick, measured: Object.fromEntries(entries) };
}

function revivedSample(sample: Sample): Sample {
  if (sample.kind !== 'gauge') return sample;
  const numbers = (values: Readonly<Record<string, number | null>>): Readonly<Record<string, number>> =>
    Object.fromEntries(Object.entries(values).map(([unit, value]) => [unit, value ?? NaN]));
  return { ...sample, candidate: numbers(sample.candidate), control: numbers(sample.control) };
}
