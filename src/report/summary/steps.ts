import type { Verdict } from '../../rollout/model.ts';
import type { Circumstances, RecordedEvent, RecordedStep, RecordedTick } from '../recording.ts';
import { NEITHER_SERVED, servedWith, type BothServed } from './served.ts';

/** One step of the plan, as it went. */
export interface StepSummary extends BothServed {
  /** Counted from 1. */
  readonly number: number;
  readonly title: string;
  /** The part of the traffic that is not stable's; absent when the recording does not tell. */
  readonly share?: number;
  /** The part of the requests that were copied. */
  readonly copies?: number;
  /** Milliseconds since 1970; absent: it was not begun, or the recording does not tell. */
  readonly startedAt?: number;
  /** Absent while it is the one at hand. */
  readonly endedAt?: number;
  readonly ticks: number;
  readonly measuredMs: number;
  /** What was said at its end; absent when nothing was judged in it. */
  readonly verdict?: Verdict;
  /** How much of the step was measured until it was first proved good. */
  readonly goodAfterMs?: number;
}

/** What was measured in a step so far. */
interface Measured extends BothServed {
  readonly ticks: number;
  readonly measuredMs: number;
  /** When its first tick began, and its last one ended. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly verdict?: Verdict;
  readonly goodAfterMs?: number;
}

/** Gathers what was measured in each step. */
export class StepTally {
  readonly #measured = new Map<number, Measured>();

  add(recorded: RecordedTick): void {
    const { step } = recorded;
    this.#measured.set(step, measuredWith(this.#measured.get(step) ?? begunBy(recorded), recorded));
  }

  /** Every step of the plan, those that were not begun too. */
  summaries(circumstances: Circumstances): readonly StepSummary[] {
    return circumstances.steps.map((step, index) => {
      const measured = this.#measured.get(index);
      const { verdict, goodAfterMs } = measured ?? {};
      const { candidate, control } = measured ?? NEITHER_SERVED;
      return {
        number: index + 1,
        title: step.title,
        ...sharesOf(step),
        ...timesOf(circumstances, index, measured),
        ticks: measured?.ticks ?? 0,
        measuredMs: measured?.measuredMs ?? 0,
        candidate,
        control,
        ...(verdict === undefined ? {} : { verdict }),
        ...(goodAfterMs === undefined ? {} : { goodAfterMs }),
      };
    });
  }
}

function begunBy({ at, tick }: RecordedTick): Measured {
  return { ...NEITHER_SERVED, ticks: 0, measuredMs: 0, startedAt: at - tick.ms, endedAt: at };
}

function measuredWith(before: Measured, recorded: RecordedTick): Measured {
  const { at, tick, judgement } = recorded;
  const measuredMs = before.measuredMs + tick.ms;
  const verdict = judgement?.verdict;
  const goodAfterMs = before.goodAfterMs ?? (verdict === 'good' ? measuredMs : undefined);
  return {
    ...servedWith(before, recorded),
    ticks: before.ticks + 1,
    measuredMs,
    startedAt: before.startedAt,
    endedAt: at,
    ...(verdict === undefined ? {} : { verdict }),
    ...(goodAfterMs === undefined ? {} : { goodAfterMs }),
  };
}

const TRUSTED: readonly string[] = ['stable', 'baseline'];

function sharesOf({ weights, copies }: RecordedStep): Pick<StepSummary, 'share' | 'copies'> {
  const others = Object.entries(weights ?? {}).filter(([track]) => !TRUSTED.includes(track));
  return {
    ...(weights === undefined ? {} : { share: others.reduce((sum, [, weight]) => sum + weight, 0) }),
    ...(copies === undefined ? {} : { copies }),
  };
}

/** True where the candidate got copies alone: users got the answers of the other version. */
export function isCopied(step: RecordedStep): boolean {
  const { copies, share = 0 } = sharesOf(step);
  return copies !== undefined && share === 0;
}

/** Events that begin a step, or end the last one. */
const BEGINS: readonly string[] = ['StepStarted', 'Promoting'];
const ENDS: readonly string[] = [...BEGINS, 'RollingBack', 'Concluding'];

function timesOf(
  { events = [], release }: Circumstances,
  index: number,
  measured: Measured | undefined,
): Pick<StepSummary, 'startedAt' | 'endedAt'> {
  const place = events.findIndex((one) => stepBegunBy(one) === index);
  const begun = events[place];
  if (begun === undefined) {
    return measured === undefined ? {} : { startedAt: measured.startedAt, endedAt: measured.endedAt };
  }
  const endedAt = events.slice(place + 1).find(({ type }) => ENDS.includes(type))?.at ?? release.endedAt;
  return { startedAt: begun.at, ...(endedAt === undefined ? {} : { endedAt }) };
}

/** The engine's words: `step 2 of 4: canary 25%`. */
function stepBegunBy({ type, message }: RecordedEvent): number | undefined {
  if (!BEGINS.includes(type)) return undefined;
  const [, number] = /^step (\d+) of /.exec(message) ?? [];
  return number === undefined ? undefined : Number(number) - 1;
}
