import { addTick, beginStep, judge, startEvidence, type Evidence } from '../analysis/evidence.ts';
import type { Judgement } from '../analysis/judgement.ts';
import type { Analysis, Verdict } from '../rollout/model.ts';
import type { Recording, RecordedTick } from './recording.ts';

/** A tick of a recording, and what is said after it. */
export interface JudgedTick {
  readonly recorded: RecordedTick;
  readonly judgement: Judgement;
}

/**
 * Judges a release again, tick by tick, as the engine does: every step that waits is one in which harm may begin to
 * show, and begins before its first tick.
 */
export function* replayed({ steps, ticks }: Recording, analysis: Analysis): Iterable<JudgedTick> {
  const waiting = steps.filter(({ waits }) => waits).length;
  let evidence: Evidence = startEvidence(analysis, waiting);
  let begun = -1;
  for (const recorded of ticks) {
    for (; begun < recorded.step; begun += 1) {
      // A step that was passed over without a tick changes nothing but the gauges' sense of time.
      if (steps[begun + 1]?.waits === true) evidence = beginStep(analysis, evidence);
    }
    evidence = addTick(analysis, evidence, recorded.tick);
    yield { recorded, judgement: judge(analysis, evidence) };
  }
}

/** What was said at the time, tick by tick; empty when the recording does not tell. */
export function* recalled({ ticks }: Recording): Iterable<JudgedTick> {
  for (const recorded of ticks) {
    const { judgement } = recorded;
    if (judgement === undefined) return;
    yield { recorded, judgement };
  }
}

/** How a release went, or would have gone, until it was stopped or its ticks end. */
export interface Course {
  readonly verdict: Verdict;
  readonly reason: string;
  /** Ticks until then. */
  readonly ticks: number;
  /** Where it was bad for the first time. */
  readonly stopped?: Stop;
  /** What the candidate served until then, and how much of it failed. */
  readonly served: Served;
  readonly steps: readonly StepCourse[];
  /** The last one; absent before the first tick. */
  readonly judgement?: Judgement;
}

/** The moment at which a release was stopped. */
export interface Stop {
  /** Counted from 1. */
  readonly tick: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly step: number;
  readonly title: string;
  /** Measured time of the release until then. */
  readonly afterMs: number;
}

interface Served {
  readonly requests: number;
  readonly errors: number;
}

/** One step of a course. */
export interface StepCourse {
  readonly step: number;
  readonly title: string;
  readonly ticks: number;
  /** Measured time. */
  readonly ms: number;
  readonly served: Served;
  readonly verdict: Verdict;
  /** Measured time of the step until it was first proved good. */
  readonly goodAfterMs?: number;
}

/** Before the first tick. */
export const NO_COURSE: Course = {
  verdict: 'undecided',
  reason: 'nothing was counted',
  ticks: 0,
  served: { requests: 0, errors: 0 },
  steps: [],
};

/** The course after one more tick. Not to be asked once it has stopped. */
export function courseAfter(course: Course, { recorded, judgement }: JudgedTick, title: string): Course {
  const { step, at, tick } = recorded;
  const last = course.steps.at(-1);
  const before = last?.step === step ? last : newStep(step, title);
  const earlier = last?.step === step ? course.steps.slice(0, -1) : course.steps;
  const ms = before.ms + tick.ms;
  const isFirstGood = judgement.verdict === 'good' && before.goodAfterMs === undefined;
  const steps = [
    ...earlier,
    {
      ...before,
      ticks: before.ticks + 1,
      ms,
      served: withTick(before.served, recorded),
      verdict: judgement.verdict,
      ...(isFirstGood ? { goodAfterMs: ms } : {}),
    },
  ];
  const afterMs = steps.reduce((sum, one) => sum + one.ms, 0);
  return {
    verdict: judgement.verdict,
    reason: judgement.reason,
    ticks: course.ticks + 1,
    ...(judgement.verdict === 'bad' ? { stopped: { tick: course.ticks + 1, at, step, title, afterMs } } : {}),
    served: withTick(course.served, recorded),
    steps,
    judgement,
  };
}

function newStep(step: number, title: string): StepCourse {
  return { step, title, ticks: 0, ms: 0, served: NO_COURSE.served, verdict: 'undecided' };
}

function withTick({ requests, errors }: Served, { tick: { candidate } }: RecordedTick): Served {
  return { requests: requests + candidate.requests, errors: errors + candidate.errors };
}
