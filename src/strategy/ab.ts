import { formatDuration } from '../base/duration.ts';
import { formatShare, FULL_SHARE } from '../base/share.ts';
import type { AbStrategy, Variant } from '../rollout/experiment.ts';
import type { Analysis, Rollout, Track } from '../rollout/model.ts';
import { trackOfVariant } from './capacity.ts';
import { goalOf } from './goal.ts';
import type { ExperimentWait, Plan, Step } from './plan.ts';
import { switchOver } from './switch-over.ts';

/** A/B: all variants at full size, for users who stay with theirs, until one is proved better or time is over. */
export function compileAb(strategy: AbStrategy, analysis: Analysis | undefined): Plan {
  const { control, challengers } = strategy;
  const { counting, goal } = goalOf(strategy.goal, analysis);
  const all = { share: FULL_SHARE };
  const byTrack = <T>(of: (variant: Variant) => T | undefined): Partial<Record<Track, T>> =>
    Object.fromEntries(
      challengers.flatMap((one) => {
        const value = of(one);
        return value === undefined ? [] : [[trackOfVariant(one.name), value]];
      }),
    );
  const matches = byTrack(({ match }) => match);
  const common = { exclusive: false, promoting: false } as const;
  const size = { stable: all, ...byTrack(() => all) };
  const start: Step = {
    ...common,
    title: `start ${listed(challengers.map(({ name }) => name))} beside ${control.name}`,
    size,
    weights: { stable: FULL_SHARE },
    wait: { kind: 'none' },
  };
  const shares = [control, ...challengers].map(({ name, share }) => `${name} ${formatShare(share)}`);
  const experiment: Step = {
    ...common,
    title: `${listed(shares)} of the users`,
    size,
    weights: { stable: control.share, ...byTrack(({ share }) => share) },
    ...(Object.keys(matches).length === 0 ? {} : { matches }),
    experiment: { unit: strategy.unit, ...counting },
    wait: waitOf(strategy, goal),
  };
  return { steps: [start, experiment, ...switchOver()], notes: notesOf(strategy) };
}

/** `a`, `a and b`, `a, b and c`. */
function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

function waitOf(strategy: AbStrategy, goal: ExperimentWait['goal']): ExperimentWait {
  const { control, untilDecided, minimumEffect, users, atMostMs, whenBetter, otherwise } = strategy;
  return {
    kind: 'experiment',
    control: control.name,
    ...(goal === undefined ? {} : { goal }),
    untilDecided,
    ...(minimumEffect === undefined ? {} : { minimumEffect }),
    ...(users === undefined ? {} : { users }),
    atMostMs,
    whenBetter,
    otherwise,
  };
}

function notesOf({ control, challengers, atMostMs, users }: AbStrategy): readonly string[] {
  const end = users === undefined ? '' : `, or ${users} users`;
  const many =
    challengers.length === 1
      ? []
      : ['of several variants that are better the one that is best by then is promoted, and the others end'];
  return [
    `the experiment may look at every moment, and calls a variant better or worse that is neither in at most 5 % of all cases; it is over after ${formatDuration(atMostMs)}${end} at the latest`,
    ...many,
    `way back: at once, since ${control.name} keeps all its replicas until the last step`,
  ];
}

/** A revision that a release runs: the Rollout whose workload it is, and its role where several are compared. */
export interface Run {
  readonly rollout: Rollout;
  readonly track?: Track;
}

/**
 * What a release runs: an experiment runs its challengers, and before anything else runs there is none: the first version
 * is the workload as it is declared. Anything else has one candidate.
 */
export function runsOf(rollout: Rollout, hasStable: boolean): readonly [Run, ...Run[]] {
  const { strategy, workload } = rollout;
  if (strategy.kind !== 'ab' || !hasStable) return [{ rollout }];
  // What runs in a cluster is declared there, the challenger too.
  if (workload.kind === 'deployment') return [{ rollout }];
  const { challengers } = strategy;
  const runs = challengers.map((one): Run => {
    const env = { ...workload.env, ...one.env };
    const track = challengers.length === 1 ? {} : { track: trackOfVariant(one.name) };
    return { rollout: { ...rollout, workload: { ...workload, env } }, ...track };
  });
  const [first, ...others] = runs;
  return first === undefined ? [{ rollout }] : [first, ...others];
}
