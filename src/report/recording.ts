import type { JsonObject } from '../base/json.ts';
import type { VariantJudgement } from '../analysis/experiment/variants.ts';
import type { Judgement } from '../analysis/judgement.ts';
import type { AnswerDifference, Sample, Tick } from '../analysis/measurement.ts';
import type { Author } from '../engine/author.ts';
import type { EventType } from '../engine/decision.ts';
import type { Variants } from '../engine/wanted.ts';
import type { Outcome } from '../rollout/model.ts';

/** A release as it was recorded: all it was judged by, and what was said of it. */
export interface Recording {
  readonly rollout: string;
  readonly release: RecordedRelease;
  /** The steps of the plan. */
  readonly steps: readonly RecordedStep[];
  /** What declares the Rollout. */
  readonly document: JsonObject;
  /** What was counted as evidence, in its order; empty where it is not kept. */
  readonly ticks: readonly RecordedTick[];
  /** What happened, oldest first; absent when the recording does not tell. */
  readonly events?: readonly RecordedEvent[];
  /** What is kept of the release besides. */
  readonly kept?: KeptOfRelease;
}

/** All that is known of a release but its ticks, of which there may be a hundred thousand. */
export type Circumstances = Omit<Recording, 'ticks'>;

/** What is known of the release itself. */
export interface RecordedRelease {
  readonly number: number;
  readonly from?: string;
  readonly to: string;
  /** Who asked for it. */
  readonly by?: Author;
  /** What each variant runs, by its track. */
  readonly variants?: Variants;
  readonly startedAt: number;
  /** Absent while it runs. */
  readonly endedAt?: number;
  readonly outcome?: Outcome;
  readonly reason?: string;
  /** What each check was judged by, as its evidence tells; absent while it runs. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What cannot be made from the ticks: of a release without any it is all there is. */
export interface KeptOfRelease {
  /** What the candidate served from its first request to its last, and how much of it failed. */
  readonly served: { readonly requests: number; readonly errors: number };
  /** What was said last. */
  readonly judgement?: Judgement;
  /** What answers to copies differed in. */
  readonly differences?: readonly AnswerDifference[];
  /** What an experiment has found. */
  readonly experiment?: VariantJudgement;
}

/** A step of the plan. */
export interface RecordedStep {
  readonly title: string;
  /** True: something was waited for in it, so that harm may have begun to show in it. */
  readonly waits: boolean;
  /** Traffic by track, between 0 and 1; absent when the recording does not tell. */
  readonly weights?: Readonly<Record<string, number>>;
  /** The part of the requests that the candidate got copies of. */
  readonly copies?: number;
  /** Of an experiment: what comes of its end. */
  readonly experiment?: RecordedRule;
}

/** How an experiment was to end. */
export interface RecordedRule {
  readonly whenBetter: string;
  readonly otherwise: string;
  /** The smallest relative difference worth finding. */
  readonly minimumEffect?: number;
  /** How many users it was to take. */
  readonly users?: number;
  readonly atMostMs: number;
}

/** Something that happened in a release. */
export interface RecordedEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: EventType;
  readonly message: string;
  readonly by?: Author;
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
