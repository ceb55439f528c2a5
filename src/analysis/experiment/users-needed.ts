import type { CountedGoal } from '../../rollout/experiment.ts';
import { samplesForProportions } from './planning.ts';

/** How many users an experiment takes where so many of them convert. */
export interface UsersNeeded {
  /** The part of the users of what runs today that convert. */
  readonly rate: number;
  /** Of all variants. */
  readonly users: number;
}

/** What is promised, and what is aimed at. */
const ALPHA = 0.05;
const AIM = { alternative: 'two-sided', power: 0.8 } as const;
/** Nobody knows the rate before; these are usual ones. */
export const USUAL_RATES: readonly number[] = [0.02, 0.05, 0.2];
/** So many more it takes where one may look at any moment: the square of how much wider the interval is. */
const ANY_LOOK = 2;

/** The rate that an experiment is made for, where nobody says how many users it is to take. */
const LIKELY_RATE = 0.05;
/** A confidence sequence is made for so many units at least: it would be narrow before it is first looked at. */
const LEAST_TUNING = 5_000;

/** A variant and what runs today, among several that share the promise. */
interface Pair {
  /** Of the users of both. */
  readonly candidateShare: number;
  readonly among?: number;
  readonly better?: CountedGoal['better'];
}

/**
 * The number of users at which a confidence sequence is to be narrowest: as many as the effect needs. It must not depend
 * on what is seen, so it is for a likely rate.
 */
export function tuningFor(minimumEffect: number | undefined, pair: Pair): number {
  if (minimumEffect === undefined) return LEAST_TUNING;
  return Math.max(LEAST_TUNING, samplesFor(LIKELY_RATE, minimumEffect, pair));
}

function samplesFor(rate: number, effect: number, { candidateShare, among = 1, better }: Pair): number {
  const factor = better === 'fewer' ? 1 - effect : 1 + effect;
  const shares = { control: rate, candidate: Math.min(1, Math.max(0, rate * factor)) };
  const aim = { ...AIM, alpha: ALPHA / among };
  const { control, candidate } = samplesForProportions(shares, candidateShare, aim);
  return control + candidate;
}

/** The shares of the users that each variant gets. */
export interface PlannedShares {
  readonly control: number;
  readonly candidates: readonly number[];
}

/** How many count today, and whether more or fewer of them are better. */
export interface Expected {
  /** Absent: some usual ones. */
  readonly rates?: readonly number[];
  readonly better?: CountedGoal['better'];
}

/**
 * The users of all variants it takes to find a relative difference of any of them from what runs today with a
 * probability of 80 %; rounded up to a hundred, since it is an estimate.
 */
export function usersNeeded(
  minimumEffect: number,
  shares: PlannedShares,
  { rates = USUAL_RATES, better = 'more' }: Expected = {},
): readonly UsersNeeded[] {
  const { control, candidates } = shares;
  return rates.map((rate) => {
    const all = candidates.map((candidate) => {
      const parts = control + candidate;
      const pair = { candidateShare: candidate / parts, among: candidates.length, better };
      return (ANY_LOOK * samplesFor(rate, minimumEffect, pair)) / parts;
    });
    return { rate, users: Math.ceil(Math.max(...all) / 100) * 100 };
  });
}

/** Nobody asks for more than ten times as many. */
const LARGEST_EFFECT = 10;

/** The smallest relative difference that so many users show with a probability of 80 %; undefined: not even a large one. */
export function smallestEffect(
  users: number,
  shares: PlannedShares,
  { rate, better = 'more' }: Omit<Expected, 'rates'> & { readonly rate: number },
): number | undefined {
  const isShown = (effect: number): boolean => {
    const [needed] = usersNeeded(effect, shares, { rates: [rate], better });
    return (needed?.users ?? Infinity) <= users;
  };
  let [low, high] = [0, better === 'fewer' ? 1 : Math.min(LARGEST_EFFECT, 1 / rate - 1)];
  if (!isShown(high)) return undefined;
  for (let round = 0; round < 40; round += 1) {
    const middle = (low + high) / 2;
    if (isShown(middle)) high = middle;
    else low = middle;
  }
  return high;
}
