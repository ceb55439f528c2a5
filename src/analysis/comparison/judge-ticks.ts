import { Failure } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import type { Check, Verdict } from '../../rollout/model.ts';
import { addTick, beginStep, judge, startEvidence } from '../evidence.ts';
import type { Effect } from '../judgement.ts';
import {
  NO_REQUESTS,
  type Exposure,
  type LogHistogram,
  type Sample,
  type Tick,
  type TrackCounters,
} from '../measurement.ts';
import { readCounts, readDistributions, readExposures, readUnits, type ArmReader } from './arm.ts';
import { checkOfOptions, type ComparedCheck } from './check-of-options.ts';

/** The data of a comparison, as they are written. */
export interface WrittenComparison {
  readonly control: unknown;
  readonly candidate: unknown;
  readonly options: unknown;
}

/** What a judge that looks at every tick says of a comparison. */
export interface TicksAnswer {
  readonly verdict: Verdict;
  readonly reason: string;
  /** How many ticks there are, and the one (counted from 1) at which a release would have been stopped. */
  readonly ticks: number;
  readonly stoppedAt?: number;
  /** The e-value of harm, and the limit at which it is bad; absent for thresholds. */
  readonly evidence?: number;
  readonly limit?: number;
  readonly pValue?: number;
  /** The e-value of safety, where a margin was given. */
  readonly evidenceOfSafety?: number;
  readonly effect?: Effect;
  readonly candidate?: number;
  readonly control?: number;
  readonly samples: number;
}

/** Judges data tick by tick, as a release would have been; it ends where the release would have been stopped. */
export function judgeTicks(
  kind: 'sequential' | 'slo' | 'threshold',
  { control, candidate, options }: WrittenComparison,
): TicksAnswer {
  if (!isJsonObject(options)) throw new Failure('usage', 'the options cannot be read: they are an object');
  const compared = checkOfOptions(kind, options);
  // What needs no control may be given none.
  const isAlone = kind !== 'sequential' && control === undefined;
  const ticks = ticksOf(compared, candidate, isAlone ? [] : control);
  const { analysis } = compared;
  let evidence = beginStep(analysis, startEvidence(analysis, 1));
  let seen = 0;
  let judgement = judge(analysis, evidence);
  for (const tick of ticks) {
    evidence = addTick(analysis, evidence, tick);
    judgement = judge(analysis, evidence);
    seen += 1;
    if (judgement.verdict === 'bad') break;
  }
  const isBad = judgement.verdict === 'bad';
  return { ...answerOf(judgement), ticks: ticks.length, ...(isBad ? { stoppedAt: seen } : {}) };
}

function answerOf({ verdict, reason, checks }: ReturnType<typeof judge>): Omit<TicksAnswer, 'ticks'> {
  const [check] = checks;
  if (check === undefined) return { verdict, reason, samples: 0 };
  const { harm, safe, pValue, effect, candidate, control, samples } = check;
  return {
    verdict,
    reason: reason.replace(/^data: /, ''),
    ...(harm === undefined ? {} : { evidence: Math.exp(harm.logE), limit: Math.exp(harm.logLimit) }),
    ...(pValue === undefined ? {} : { pValue }),
    ...(safe === undefined ? {} : { evidenceOfSafety: Math.exp(safe.logE) }),
    ...(effect === undefined ? {} : { effect }),
    ...(candidate === undefined ? {} : { candidate }),
    ...(control === undefined ? {} : { control }),
    samples,
  };
}

function ticksOf({ check, tickMs, exposure }: ComparedCheck, candidate: unknown, control: unknown): Tick[] {
  const arms = { candidate, control };
  switch (check.metric.kind) {
    case 'latency':
      return paired(arms, readDistributions, []).map((pair) => tracksTick(tickMs, pair, ofLatency));
    case 'size':
      return paired(arms, readDistributions, []).map((pair) =>
        sampleTick(tickMs, check, { kind: 'distribution', ...pair }),
      );
    case 'rate':
      return paired(arms, readCounts, 0).map((pair) =>
        sampleTick(tickMs, check, {
          kind: 'counts',
          candidate: { trials: exposure.candidate * tickMs, events: pair.candidate },
          control: { trials: exposure.control * tickMs, events: pair.control },
        }),
      );
    case 'value':
      return paired(arms, readUnits, {}).map((pair) => sampleTick(tickMs, check, { kind: 'gauge', ...pair }));
    case 'errors':
    case 'differences':
    case 'ratio':
    case 'usage':
      return paired(arms, readExposures, { trials: 0, events: 0 }).map((pair) =>
        tracksTick(tickMs, pair, ofErrors),
      );
  }
}

interface Pair<Value> {
  readonly candidate: Value;
  readonly control: Value;
}

/** Tick by tick; where one arm has fewer ticks than the other, it was silent. */
function paired<Value>(arms: Pair<unknown>, read: ArmReader<Value>, silent: Value): readonly Pair<Value>[] {
  const candidate = read(arms.candidate, 'candidate');
  const control = read(arms.control, 'control');
  return Array.from({ length: Math.max(candidate.length, control.length) }, (_, i) => ({
    candidate: candidate[i] ?? silent,
    control: control[i] ?? silent,
  }));
}

function tracksTick<Value>(ms: number, pair: Pair<Value>, of: (value: Value) => TrackCounters): Tick {
  return { ms, candidate: of(pair.candidate), control: of(pair.control) };
}

function ofErrors({ trials, events }: Exposure): TrackCounters {
  return { requests: trials, errors: events, latency: [] };
}

function ofLatency(latency: LogHistogram): TrackCounters {
  return { requests: latency.reduce((sum, [, count]) => sum + count, 0), errors: 0, latency };
}

function sampleTick(ms: number, { name }: Check, sample: Sample): Tick {
  return { ms, candidate: NO_REQUESTS, control: NO_REQUESTS, measured: { [name]: sample } };
}
