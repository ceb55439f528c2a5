import type { CountedGoal } from '../../rollout/experiment.ts';
import type { Verdict } from '../../rollout/model.ts';
import { isMismatchOf, logMismatchOf } from '../assignment.ts';
import type { Exposure } from '../measurement.ts';
import { counted, percent } from '../words.ts';
import type { Interval } from './contrast.ts';
import { judgeExperiment } from './experiment.ts';
import { tuningFor } from './users-needed.ts';

/** A variant: its users and those of them who have converted, or whatever else is counted. */
export interface Variant extends Exposure {
  readonly name: string;
  /** Its part of all, between 0 and 1. */
  readonly planned: number;
}

/** What is asked of the variants of an experiment. */
export interface VariantQuestion {
  /** The smallest relative difference worth finding. */
  readonly minimumEffect?: number;
  /** How many the experiment is meant to take; absent: as many as that effect needs. */
  readonly users?: number;
  /** What is counted of users; absent: those who convert, and more are better. */
  readonly goal?: CountedGoal;
}

/** What can be said of a variant beside what runs today. */
export interface JudgedVariant extends Exposure {
  readonly name: string;
  readonly verdict: Verdict;
  /** True: more users would not change what is known of it. */
  readonly isDecided: boolean;
  /** Relative: 0.1 is a tenth more. Absent where there is none. */
  readonly effect?: number;
  /** The intervals of all variants hold together. */
  readonly interval?: Interval;
}

/** What can be said of an experiment now, however often it was asked before. */
export interface VariantJudgement {
  /** `good`: one is better. `bad`: all are worse. */
  readonly verdict: Verdict;
  readonly reason: string;
  /** True: more users would not change what is to be done. */
  readonly isDecided: boolean;
  /** What is counted; absent: conversions. */
  readonly goal?: CountedGoal;
  readonly control: Exposure & { readonly name: string };
  readonly candidates: readonly JudgedVariant[];
  /** Who is best by now, among those that are better if any is; absent while nothing is known. */
  readonly leader?: string;
}

/** The probability of calling any variant better or worse that is neither: over all variants and looks together. */
const ALPHA = 0.05;

/**
 * Compares each variant with what runs today by a confidence sequence, so that one may look at any time and stop at
 * will. Each has an equal part of the promise (Bonferroni). Whether users were divided as planned is asked first, by
 * a test of which the same is true.
 */
export function judgeVariants(
  [control, ...candidates]: readonly [Variant, ...Variant[]],
  question: VariantQuestion,
): VariantJudgement {
  const goal = question.goal === undefined ? {} : { goal: question.goal };
  const arms = { ...goal, control: countsOf(control), candidates: candidates.map(untested) };
  const broken = mismatchOf([control, ...candidates]);
  if (broken !== undefined) return { verdict: 'invalid', reason: broken, isDecided: false, ...arms };
  const judged = candidates.map((one) => judgeOne(control, one, { ...question, among: candidates.length }));
  const towards = directionOf(question);
  const leader = leaderOf(judged, towards);
  return {
    verdict: verdictOf(judged),
    reason: leader === undefined ? FEW : reasonOf(control, judged, question.goal),
    isDecided: judged.every((one) => isSettled(one, leader, towards)),
    ...goal,
    control: arms.control,
    candidates: judged,
    ...(leader === undefined ? {} : { leader: leader.name }),
  };
}

function countsOf({ name, trials, events }: Variant): VariantJudgement['control'] {
  return { name, trials, events };
}

function untested(variant: Variant): JudgedVariant {
  return { ...countsOf(variant), verdict: 'undecided', isDecided: false };
}

interface OneQuestion extends VariantQuestion {
  /** How many variants share the promise. */
  readonly among: number;
}

function judgeOne(control: Variant, candidate: Variant, question: OneQuestion): JudgedVariant {
  const { minimumEffect = 0, among } = question;
  const { verdict, estimate, interval } = judgeExperiment({
    control: successesOf(control),
    candidate: successesOf(candidate),
    options: {
      test: 'asymptotic',
      measure: 'proportion',
      relative: true,
      goal: directionOf(question) === 1 ? 'increase' : 'decrease',
      alpha: ALPHA / among,
      tuning: tuningOf(control, candidate, question),
    },
  });
  const most = gainsIn(interval, directionOf(question))?.[1] ?? Infinity;
  // What is known to be smaller than is worth finding is not worth waiting for.
  const isTooSmall = most < minimumEffect;
  return {
    ...countsOf(candidate),
    verdict: verdict === 'invalid' ? 'undecided' : verdict,
    isDecided: verdict === 'good' || verdict === 'bad' || isTooSmall,
    ...(estimate === undefined ? {} : { effect: estimate }),
    ...(interval === undefined ? {} : { interval }),
  };
}

/** As many users of both as the experiment is meant to take. */
function tuningOf(
  control: Variant,
  candidate: Variant,
  { minimumEffect, users, among }: OneQuestion,
): number {
  const parts = control.planned + candidate.planned;
  if (users !== undefined) return Math.max(1, Math.ceil(users * parts));
  return tuningFor(minimumEffect, { candidateShare: candidate.planned / parts, among });
}

function successesOf({ trials, events }: Exposure): { successes: number; trials: number } | undefined {
  return trials === 0 ? undefined : { successes: events, trials };
}

/** 1 where more is better, -1 where less is. */
type Direction = 1 | -1;

function directionOf({ goal }: VariantQuestion): Direction {
  return goal?.better === 'fewer' ? -1 : 1;
}

/** How much better it is, at least and at most. */
function gainsIn(interval: Interval | undefined, towards: Direction): Interval | undefined {
  if (interval === undefined || towards === 1) return interval;
  const [low, high] = interval;
  return [high === null ? null : -high, low === null ? null : -low];
}

/** The best of those that are better; the best of all while none is. */
function leaderOf(judged: readonly JudgedVariant[], towards: Direction): JudgedVariant | undefined {
  const gain = ({ effect = 0 }: JudgedVariant): number => towards * effect;
  const better = judged.filter(({ verdict }) => verdict === 'good');
  const [first, ...others] = better.length > 0 ? better : judged.filter(({ effect }) => effect !== undefined);
  return first && others.reduce((best, one) => (gain(one) > gain(best) ? one : best), first);
}

/** Beside one that is better nobody waits for what is known to be no better than that. */
function isSettled(
  { isDecided, interval }: JudgedVariant,
  leader: JudgedVariant | undefined,
  towards: Direction,
): boolean {
  if (isDecided) return true;
  const [least] = leader?.verdict === 'good' ? (gainsIn(leader.interval, towards) ?? []) : [];
  const most = gainsIn(interval, towards)?.[1];
  return typeof least === 'number' && typeof most === 'number' && most < least;
}

function verdictOf(judged: readonly JudgedVariant[]): Verdict {
  if (judged.some(({ verdict }) => verdict === 'good')) return 'good';
  return judged.every(({ verdict }) => verdict === 'bad') ? 'bad' : 'undecided';
}

function mismatchOf(variants: readonly Variant[]): string | undefined {
  const whole = variants.reduce((sum, { planned }) => sum + planned, 0);
  const planned = variants.map((one) => one.planned / whole);
  const counts = variants.map(({ trials }) => trials);
  if (!isMismatchOf(logMismatchOf(planned, counts))) return undefined;
  const all = counts.reduce((sum, count) => sum + count, 0);
  const parts = variants.slice(1).map(({ name, trials }, i) => {
    return `${percent(trials / all)} of ${counted(all, 'user')} are with ${name}, ${percent(planned[i + 1] ?? 0)} were planned`;
  });
  return `users are not divided as planned: ${parts.join('; ')}; the variants cannot be compared`;
}

const FEW = 'too few users to compare yet';

function reasonOf(
  control: Exposure,
  judged: readonly JudgedVariant[],
  goal: CountedGoal = CONVERSIONS,
): string {
  const words = judged.map((one) => comparisonWords(control, one, goal));
  if (judged.length === 1) return words.join();
  return judged.map(({ name }, i) => `${name}: ${words[i] ?? ''}`).join('; ');
}

const CONVERSIONS: CountedGoal = { what: 'convert', better: 'more' };

function comparisonWords(
  control: Exposure,
  { verdict, isDecided, ...candidate }: JudgedVariant,
  { what, better }: CountedGoal,
): string {
  const numbers = `${rateWords(candidate)} against ${rateWords(control)}`;
  const worse = better === 'more' ? 'fewer' : 'more';
  if (verdict === 'good') return `${better} users ${what}: ${numbers}`;
  if (verdict === 'bad') return `${worse} users ${what}: ${numbers}`;
  return isDecided ? `it is not better by what is worth finding: ${numbers}` : `not decided yet: ${numbers}`;
}

function rateWords({ trials, events }: Exposure): string {
  return `${percent(events / trials)} of ${counted(trials, 'user')}`;
}
