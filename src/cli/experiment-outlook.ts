import {
  smallestEffect,
  USUAL_RATES,
  usersNeeded,
  type Expected,
  type PlannedShares,
} from '../analysis/experiment/users-needed.ts';
import { Failure } from '../base/failure.ts';
import { fractionOf, FULL_SHARE, parseShare } from '../base/share.ts';
import { MOST_USERS } from '../rollout/experiment.ts';
import { variantsIn, weightOf } from '../strategy/capacity.ts';
import type { ExperimentWait, Plan, Step } from '../strategy/plan.ts';
import type { Foresight } from './foresight.ts';

/** How long an experiment takes, and what it can see. */
export interface ExperimentOutlook {
  readonly wait: ExperimentWait;
  /** New users a day; `requests`: there are not more of them than requests, and how many there are nobody said. */
  readonly comes?: { readonly perDay: number; readonly from: 'given' | 'requests' };
  /** Users until it is over at the latest. */
  readonly mostUsers?: number;
  readonly rates: readonly RateOutlook[];
}

/** The same where so many of the users count. */
export interface RateOutlook {
  readonly rate: number;
  /** For the `minimumEffect`; absent without one. */
  readonly users?: number;
  /** Until so many have come, in milliseconds. */
  readonly takesMs?: number;
  /** The smallest relative difference that `mostUsers` show; absent: none is shown, or nobody knows how many come. */
  readonly smallest?: number;
  /** True: it is over before it can have seen the `minimumEffect`. */
  readonly isTooShort: boolean;
}

/** The options that describe the users of an experiment. */
export interface UserOptions {
  /** New ones a day. */
  readonly users?: string;
  /** The part of them that counts today. */
  readonly converting?: string;
}

const DAY_MS = 86_400_000;

/** Undefined for a plan without an experiment. Throws Failure `usage` for an option that is no number. */
export function experimentOutlook(
  { steps }: Pick<Plan, 'steps'>,
  options: UserOptions,
  traffic: Pick<Foresight, 'traffic'> | undefined,
): ExperimentOutlook | undefined {
  for (const step of steps) {
    const { wait } = step;
    if (wait.kind !== 'experiment') continue;
    const comes = usersOf(options, traffic);
    const mostUsers = mostUsersOf(wait, comes);
    const rates = options.converting === undefined ? USUAL_RATES : [readRate(options.converting)];
    return {
      wait,
      ...(comes === undefined ? {} : { comes }),
      ...(mostUsers === undefined ? {} : { mostUsers }),
      rates: rates.map((rate) => rateOutlook(rate, { step, wait, comes, mostUsers })),
    };
  }
  return undefined;
}

function usersOf(
  { users }: UserOptions,
  seen: Pick<Foresight, 'traffic'> | undefined,
): ExperimentOutlook['comes'] {
  if (users !== undefined) return { perDay: readUsers(users), from: 'given' };
  if (seen === undefined) return undefined;
  return { perDay: (seen.traffic.requestsPerSecond * DAY_MS) / 1_000, from: 'requests' };
}

/** The gateway remembers no more of them; a source counts for itself. */
function mostUsersOf(
  { atMostMs, users = Infinity, goal }: ExperimentWait,
  comes: ExperimentOutlook['comes'],
): number | undefined {
  const byTime = comes === undefined ? Infinity : (comes.perDay * atMostMs) / DAY_MS;
  const most = Math.min(byTime, users, goal?.check === undefined ? MOST_USERS : Infinity);
  return most === Infinity ? undefined : Math.floor(most);
}

interface Course {
  readonly step: Step;
  readonly wait: ExperimentWait;
  readonly comes: ExperimentOutlook['comes'];
  readonly mostUsers: number | undefined;
}

function rateOutlook(rate: number, { step, wait, comes, mostUsers }: Course): RateOutlook {
  const shares = {
    control: weightOf(step, 'stable') / FULL_SHARE,
    candidates: variantsIn(step).map((track) => weightOf(step, track) / FULL_SHARE),
  };
  const better = wait.goal?.better ?? 'more';
  const smallest = mostUsers === undefined ? undefined : smallestEffect(mostUsers, shares, { rate, better });
  const seen = smallest === undefined ? {} : { smallest };
  const users = neededBy(wait, shares, { rates: [rate], better });
  if (users === undefined) return { rate, ...seen, isTooShort: false };
  const takes = comes === undefined ? {} : { takesMs: (users / comes.perDay) * DAY_MS };
  return { rate, users, ...takes, ...seen, isTooShort: users > (mostUsers ?? Infinity) };
}

function neededBy(
  { minimumEffect }: ExperimentWait,
  shares: PlannedShares,
  expected: Expected,
): number | undefined {
  if (minimumEffect === undefined) return undefined;
  return usersNeeded(minimumEffect, shares, expected)[0]?.users;
}

function readUsers(text: string): number {
  const users = Number(text);
  if (users > 0 && Number.isFinite(users)) return users;
  throw new Failure('usage', `--users ${text} is not a number of users`, {
    hint: 'Give new users a day: --users 20000',
  });
}

function readRate(text: string): number {
  const share = parseShare(text);
  const rate = share === undefined ? 0 : fractionOf(share);
  if (rate > 0 && rate < 1) return rate;
  throw new Failure('usage', `--converting ${text} is not a share of the users`, {
    hint: 'As in --converting 5%',
  });
}
