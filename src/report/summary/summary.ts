import type { Harmed, Slowed } from '../../analysis/harmed.ts';
import { failedBeyondControl, slowedBeyondControl } from '../../analysis/harmed.ts';
import type { Judgement } from '../../analysis/judgement.ts';
import type { Verdict } from '../../rollout/model.ts';
import type { Circumstances, RecordedTick, Recording } from '../recording.ts';
import { CheckTally, type CheckSummary } from './checks.ts';
import { GapTally, type Gap } from './gaps.ts';
import { LatencyTally, type BothLatencies, type LatencyOf } from './latency.ts';
import {
  NEITHER_SERVED,
  NONE_SERVED,
  servedBoth,
  servedWith,
  type BothServed,
  type Served,
} from './served.ts';
import { isCopied, StepTally, type StepSummary } from './steps.ts';
import { VariantServedTally, type VariantServed } from './variant-served.ts';
import { VariantTally, type VariantCount } from './variants.ts';

/**
 * What a report says of a release in numbers, all of them computed from its recording. Plain JSON: times in milliseconds,
 * shares between 0 and 1.
 */
export interface Summary {
  /** From its beginning to its end; absent while it runs. */
  readonly tookMs?: number;
  readonly ticks: number;
  /** How much of the time was measured. */
  readonly measuredMs: number;
  /** What was said last; absent when nothing was. */
  readonly verdict?: Verdict;
  /** Requests that were counted as evidence; absent when none were counted. */
  readonly served?: BothServed;
  /** What the candidate served to those who were sent there by a match. */
  readonly matched?: Served;
  /** How many of the candidate's were copies, which harm nobody; absent: none. */
  readonly copied?: number;
  /** Failures of users' requests beyond those that stable would have had. */
  readonly failed?: Harmed;
  /** Slow ones of users' requests beyond those that stable would have had. */
  readonly slowed?: Slowed;
  readonly latency?: BothLatencies;
  readonly steps: readonly StepSummary[];
  readonly checks: readonly CheckSummary[];
  /** What each variant had of what the checks counted; empty where there is one candidate. */
  readonly variants: readonly VariantCount[];
  /** What each variant served; empty where there is one candidate. */
  readonly variantsServed: readonly VariantServed[];
  readonly gaps: readonly Gap[];
}

/** Gathers what a report says of ticks, one after the other, and keeps none of them. */
export class SummaryTally {
  readonly #circumstances: Circumstances;
  readonly #steps = new StepTally();
  readonly #checks = new CheckTally();
  readonly #variants = new VariantTally();
  readonly #variantsServed = new VariantServedTally();
  readonly #gaps = new GapTally();
  readonly #latency = { candidate: new LatencyTally(), control: new LatencyTally() };
  /** Of users' requests alone: what is slow to a copy harms nobody. */
  readonly #users = { candidate: new LatencyTally(), control: new LatencyTally() };
  /** By the number of the step. */
  readonly #copied: readonly boolean[];
  #ticks = 0;
  #measuredMs = 0;
  #served = NEITHER_SERVED;
  #matched = NONE_SERVED;
  #last: RecordedTick | undefined;

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
    this.#copied = circumstances.steps.map(isCopied);
  }

  add(recorded: RecordedTick): void {
    const { tick } = recorded;
    this.#ticks += 1;
    this.#measuredMs += tick.ms;
    this.#served = servedWith(this.#served, recorded);
    this.#matched = servedBoth(this.#matched, tick.matched ?? NONE_SERVED);
    for (const side of ['candidate', 'control'] as const) {
      this.#latency[side].add(tick[side].latency);
      if (this.#copied[recorded.step] !== true) this.#users[side].add(tick[side].latency);
    }
    this.#last = recorded;
    const parts = [this.#steps, this.#checks, this.#variants, this.#variantsServed, this.#gaps];
    for (const part of parts) part.add(recorded);
  }

  /** When the last tick was. */
  get lastAt(): number | undefined {
    return this.#last?.at;
  }

  /** What was said last. */
  get judgement(): Judgement | undefined {
    return this.#last?.judgement ?? this.#circumstances.kept?.judgement;
  }

  /** How long answers of both sides took, and of each of several variants by its track. */
  latency(): Latencies {
    return {
      candidate: this.#latency.candidate.latency(),
      control: this.#latency.control.latency(),
      variants: this.#variantsServed.latencies(),
    };
  }

  summary(): Summary {
    const { release } = this.#circumstances;
    const steps = this.#steps.summaries(this.#circumstances);
    const last = this.judgement;
    return {
      ...(release.endedAt === undefined ? {} : { tookMs: Math.max(0, release.endedAt - release.startedAt) }),
      ticks: this.#ticks,
      measuredMs: this.#measuredMs,
      ...(last === undefined ? {} : { verdict: last.verdict }),
      ...this.#requests(steps),
      steps,
      checks: this.#checks.summaries(this.#circumstances, last),
      variants: this.#variants.counts(),
      variantsServed: this.#variantsServed.served(),
      gaps: this.#gaps.gaps(),
    };
  }

  #requests(steps: readonly StepSummary[]): Requests {
    const [served, matched] = [this.#served, this.#matched];
    const some = matched.requests === 0 ? {} : { matched };
    if (served.candidate.requests + served.control.requests === 0) return some;
    const copied = steps
      .filter((_, index) => this.#copied[index])
      .reduce((sum, { candidate }) => sum + candidate.requests, 0);
    const failed = failedBeyondControl(steps.filter((_, index) => !this.#copied[index]));
    return {
      served,
      ...some,
      ...(copied === 0 ? {} : { copied }),
      ...(failed === undefined ? {} : { failed }),
      ...this.#latencies(),
    };
  }

  #latencies(): Pick<Summary, 'latency' | 'slowed'> {
    const { candidate, control } = this.latency();
    if (candidate === undefined || control === undefined) return {};
    const [theirs, ours] = [this.#users.candidate.latency(), this.#users.control.latency()];
    const slowed = slowedBeyondControl(theirs?.histogram ?? [], ours?.histogram ?? []);
    return {
      ...(slowed === undefined ? {} : { slowed }),
      latency: { candidate: candidate.summary, control: control.summary },
    };
  }
}

/** How long answers took; undefined for a side that has none. */
interface Latencies extends Readonly<Record<'candidate' | 'control', LatencyOf | undefined>> {
  readonly variants: ReadonlyMap<string, LatencyOf | undefined>;
}

type Requests = Pick<Summary, 'served' | 'matched' | 'copied' | 'failed' | 'slowed' | 'latency'>;

/** Computes what a report says. Pure: equal recordings, equal summaries. */
export function summaryOf({ ticks, ...circumstances }: Recording): Summary {
  const tally = new SummaryTally(circumstances);
  for (const one of ticks) tally.add(one);
  return tally.summary();
}
