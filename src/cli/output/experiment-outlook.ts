import { formatDuration } from '../../base/duration.ts';
import type { ExperimentOutlook, RateOutlook } from '../experiment-outlook.ts';
import { percent } from '../../client/figures.ts';

/** What an experiment takes to have an answer, in users and in time, and what it cannot see. */
export function experimentOutlookLines(outlook: ExperimentOutlook): readonly string[] {
  const { wait, rates } = outlook;
  const { what = 'convert' } = wait.goal ?? {};
  const where = ({ rate }: RateOutlook): string => `where ${percent(rate)} ${what}`;
  return [
    ...usersLine(outlook, where),
    ...timeLine(outlook, where),
    ...smallestLine(outlook, where),
    ...rates
      .filter(({ isTooShort }) => isTooShort)
      .map((one) => `warning: ${tooShort(outlook, one, where(one))}`),
  ];
}

type Where = (one: RateOutlook) => string;

function effectWords({ wait: { goal } }: ExperimentOutlook, effect: number): string {
  // Two digits: it is an estimate.
  return `${percent(Number(effect.toPrecision(2)))} ${goal?.better ?? 'more'}`;
}

function usersLine(outlook: ExperimentOutlook, where: Where): readonly string[] {
  const { minimumEffect } = outlook.wait;
  if (minimumEffect === undefined) return [];
  const needed = outlook.rates.map((one) => `${one.users ?? ''} ${where(one)}`);
  return [
    `users: to find ${effectWords(outlook, minimumEffect)} with a probability of 80% takes about ${needed.join(', ')}`,
  ];
}

function timeLine({ wait, comes, rates }: ExperimentOutlook, where: Where): readonly string[] {
  if (wait.minimumEffect === undefined) return [];
  if (comes === undefined)
    return [
      'time: how long that is depends on how many come: add --users 20000 (new ones a day) --converting 5%',
    ];
  const times = rates.map((one) => `${roughly(one.takesMs ?? 0)} ${where(one)}`).join(', ');
  if (comes.from === 'given') return [`time: with ${comes.perDay} new users a day that is about ${times}`];
  return [
    `time: were every request another user's that is ${times}, and it is longer by as many requests as a user sends; say how many come with --users 20000 (new ones a day)`,
  ];
}

function smallestLine(outlook: ExperimentOutlook, where: Where): readonly string[] {
  const { mostUsers, comes, rates, wait } = outlook;
  if (mostUsers === undefined || comes?.from !== 'given') return [];
  const seen = rates.map((one) => `${smallestWords(outlook, one)} ${where(one)}`);
  return [
    `sees: after ${formatDuration(wait.atMostMs)} at the latest, with ${mostUsers} users, ${seen.join(', ')}; what is smaller is too small to see`,
  ];
}

function smallestWords(outlook: ExperimentOutlook, { smallest }: RateOutlook): string {
  return smallest === undefined ? 'nothing' : effectWords(outlook, smallest);
}

function tooShort(outlook: ExperimentOutlook, one: RateOutlook, where: string): string {
  const { wait, mostUsers = 0, comes } = outlook;
  const { minimumEffect = 0, atMostMs, users = Infinity } = wait;
  const effect = effectWords(outlook, minimumEffect);
  const limit =
    mostUsers === users
      ? `endWhen.users ${users} are too few`
      : (comes?.perDay ?? Infinity) * (atMostMs / DAY_MS) <= mostUsers + 1
        ? `endWhen.atMost ${formatDuration(atMostMs)} is too short`
        : `the gateway counts ${mostUsers} users at most, too few`;
  return `${limit} to find ${effect} ${where}, which takes about ${one.users ?? ''} users`;
}

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];

/** To the minute, the hour or the day: it is an estimate. */
function roughly(ms: number): string {
  const unit = ms < 2 * HOUR_MS ? MINUTE_MS : ms < 3 * DAY_MS ? HOUR_MS : DAY_MS;
  return formatDuration(Math.max(unit, Math.round(ms / unit) * unit));
}
