import { formatShare, FULL_SHARE, NO_SHARE, restOf, type Share } from '../base/share.ts';
import { DEFAULTS } from '../rollout/defaults.ts';
import { knownShareOf, type Match } from '../rollout/match.ts';
import type { CanaryStep, CanaryStrategy, CountOrShare } from '../rollout/model.ts';
import type { Plan, Step, Wait } from './plan.ts';
import { switchOver } from './switch-over.ts';
import { pauseWords, waitOf, withHurdle } from './waits.ts';

/** How far the steps have come while they are being compiled. */
interface Progress {
  readonly weight: Share;
  /** Set by a `replicas` step; from then on the weight no longer decides the size. */
  readonly replicas?: CountOrShare;
  /** The requests that are copied, until the first weight. */
  readonly copied?: Share;
  /** Set by a `match` step; from then on these are on the canary, and the weight divides the others. */
  readonly match?: Match;
}

/** Canary: the candidate gets a growing part of the traffic, and all of it in the end. */
export function compileCanary(strategy: CanaryStrategy): Plan {
  const steps: Step[] = [];
  let progress: Progress = { weight: NO_SHARE };
  strategy.steps.forEach((step, index) => {
    progress = after(step, progress);
    if (isMove(step) && isJoinedTo(step, strategy.steps[index + 1])) return;
    steps.push(withHurdle(stepAt(strategy, progress, waitOf(step, strategy.earlyPromotion)), step));
  });
  return {
    steps: [...steps, ...endOfComparison(strategy, progress.weight), ...switchOver()],
    notes: [
      'way back: at once, since the old version keeps all its replicas until the last step',
      ...audienceNotes(steps),
    ],
  };
}

function after(step: CanaryStep, progress: Progress): Progress {
  switch (step.kind) {
    case 'weight': {
      const { copied: _, ...rest } = progress;
      return { ...rest, weight: step.weight };
    }
    case 'replicas':
      return { ...progress, replicas: step.replicas };
    case 'match': {
      const { copied: _, ...rest } = progress;
      return { ...rest, match: step.match };
    }
    case 'mirror':
      return { ...progress, copied: step.share };
    case 'pause':
    case 'analyze':
    case 'gate':
    case 'hook':
      return progress;
  }
}

function isMove({ kind }: CanaryStep): boolean {
  return kind === 'weight' || kind === 'replicas' || kind === 'match' || kind === 'mirror';
}

/** A move belongs to the wait, or to the other kind of move, that follows it; copies end where users begin. */
function isJoinedTo({ kind }: CanaryStep, next: CanaryStep | undefined): boolean {
  if (next === undefined || next.kind === kind) return false;
  return kind !== 'mirror' || (next.kind !== 'weight' && next.kind !== 'match');
}

function stepAt(strategy: CanaryStrategy, progress: Progress, wait: Wait): Step {
  const { weight, copied, match } = progress;
  if (copied !== undefined) return mirrorStep(strategy, { ...progress, copied }, wait);
  const hasBaseline = strategy.baseline === true && weight !== NO_SHARE;
  const size = sizeAt(strategy, progress);
  return {
    title: `canary ${whoAt(progress)}${hasBaseline ? ' beside its baseline' : ''}${pauseWords(wait)}`,
    size: { stable: { share: FULL_SHARE }, ...(hasBaseline ? { baseline: size } : {}), canary: size },
    weights: weightsAt(weight, hasBaseline),
    ...(match === undefined ? {} : { matches: { canary: match } }),
    wait,
    exclusive: false,
    promoting: false,
  };
}

/** Nobody is served by the new version yet, and it has as many replicas as its copies need. */
function mirrorStep(
  { capacity }: CanaryStrategy,
  { copied, replicas }: Progress & { readonly copied: Share },
  wait: Wait,
): Step {
  return {
    title: `copies of ${formatShare(copied)} to the new version${pauseWords(wait)}`,
    size: {
      stable: { share: FULL_SHARE },
      shadow: replicas ?? { share: capacity === 'fixed' ? FULL_SHARE : copied },
    },
    weights: { stable: FULL_SHARE },
    mirrors: [{ track: 'shadow', share: copied, methods: DEFAULTS.mirror.methods }],
    wait,
    exclusive: false,
    promoting: false,
  };
}

function whoAt({ weight, match }: Progress): string {
  if (match === undefined) return formatShare(weight);
  return weight === NO_SHARE ? 'for an audience' : `for an audience and ${formatShare(weight)} of the others`;
}

/** An audience may be everybody, when nobody knows how large it is. */
function sizeAt({ capacity }: CanaryStrategy, { weight, replicas, match }: Progress): CountOrShare {
  const isUnknown = match !== undefined && knownShareOf(match) === undefined;
  return replicas ?? { share: capacity === 'fixed' || isUnknown ? FULL_SHARE : weight };
}

function audienceNotes(steps: readonly Step[]): readonly string[] {
  const matched = steps.filter(({ matches }) => matches !== undefined);
  const isAlone = matched.some(
    ({ weights, wait }) => weights.canary === undefined && wait.kind === 'analyze',
  );
  const isBeside = matched.some(({ weights }) => weights.canary !== undefined);
  return [
    ...(isAlone
      ? [
          'an audience by itself is compared with all the others, who may be different: the promise does not cover that step',
        ]
      : []),
    ...(isBeside ? ['beside a weight an audience is counted apart, and compared with nobody'] : []),
  ];
}

function weightsAt(weight: Share, hasBaseline: boolean): Step['weights'] {
  if (weight === NO_SHARE) return { stable: FULL_SHARE };
  if (!hasBaseline) return { stable: restOf(weight), canary: weight };
  const both = (2 * weight) as Share;
  return { ...(both === FULL_SHARE ? {} : { stable: restOf(both) }), baseline: weight, canary: weight };
}

/** The baseline goes before the canary grows to full size, so that not all three are there at once. */
function endOfComparison(strategy: CanaryStrategy, weight: Share): readonly Step[] {
  if (strategy.baseline !== true || weight === NO_SHARE) return [];
  const { baseline: _, ...alone } = strategy;
  const step = stepAt(alone, { weight }, { kind: 'none' });
  return [{ ...step, title: 'the baseline goes' }];
}
