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
const RATES = [0.02, 0.05, 0.2] as const;
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
}

/**
 * The number of users at which a confidence sequence is to be narrowest: as many as the effect needs. It must not depend
 * on what is seen, so it is for a likely rate.
 */
export function tuningFor(minimumEffect: number | undefined, pair: Pair): number {
  if (minimumEffect === undefined) return LEAST_TUNING;
  return Math.max(LEAST_TUNING, samplesFor(LIKELY_RATE, minimumEffect, pair));
}

function samplesFor(rate: number, minimumEffect: number, { candidateShare, among = 1 }: Pair): number {
  const shares = { control: rate, candidate: Math.min(1, rate * (1 + minimumEffect)) };
  const aim = { ...AIM, alpha: ALPHA / among };
  const { control, candidate } = samplesForProportions(shares, candidateShare, aim);
  return control + candidate;
}

/**
 * The users of all variants it takes to find a relative difference of any of them from what runs today with a
 * probability of 80 %, for some usual rates; rounded up to a hundred, since it is an estimate. Shares are of all users.
 */
export function usersNeeded(
  minimumEffect: number,
  shares: { readonly control: number; readonly candidates: readonly number[] },
): readonly UsersNeeded[] {
  const { control, candidates } = shares;
  return RATES.map((rate) => {
    const all = candidates.map((candidate) => {
      const parts = control + candidate;
      const pair = { candidateShare: candidate / parts, among: candidates.length };
      return (ANY_LOOK * samplesFor(rate, minimumEffect, pair)) / parts;
    });
    return { rate, users: Math.ceil(Math.max(...all) / 100) * 100 };
  });
}
