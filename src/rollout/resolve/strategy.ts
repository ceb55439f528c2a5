import { formatShare, NO_SHARE, parseShare, type Share } from '../../base/share.ts';
import { DEFAULTS } from '../defaults.ts';
import type {
  BlueGreenStrategy,
  CanaryStep,
  CanaryStrategy,
  CountOrShare,
  Preview,
  RampedStrategy,
  Strategy,
} from '../model.ts';
import { field, item, LONG, LONG_OR_NONE, readDuration, readShare, tell, type Place } from '../place.ts';
import { resolveAb } from './ab.ts';
import { resolveMatch } from './match.ts';
import { resolveShadow } from './shadow.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenCanary = NonNullable<RolloutSpec['strategy']['canary']>;
type WrittenRamped = NonNullable<RolloutSpec['strategy']['ramped']>;
type WrittenBlueGreen = NonNullable<RolloutSpec['strategy']['blueGreen']>;
type WrittenStep = NonNullable<WrittenCanary['steps']>[number];
type AnalyzeStep = Extract<CanaryStep, { kind: 'analyze' }>;
type WrittenAnalyze = NonNullable<WrittenStep['analyze']>;

/** `spec.strategy` with its defaults; undefined for a strategy that is not built yet. */
export function resolveStrategy(
  written: RolloutSpec['strategy'],
  place: Place,
  rollout: string,
): Strategy | undefined {
  if (written.recreate !== undefined) return { kind: 'recreate' };
  if (written.ramped !== undefined) return resolveRamped(written.ramped, field(place, 'ramped'));
  if (written.blueGreen !== undefined) return resolveBlueGreen(written.blueGreen, field(place, 'blueGreen'));
  if (written.shadow !== undefined) {
    return resolveShadow(written.shadow, field(place, 'shadow'), resolveCanary);
  }
  if (written.ab !== undefined) return resolveAb(written.ab, field(place, 'ab'), rollout);
  return written.canary === undefined ? undefined : resolveCanary(written.canary, field(place, 'canary'));
}

function resolveRamped(written: WrittenRamped, place: Place): RampedStrategy {
  const counts = { ...DEFAULTS.ramped, ...written };
  const count = (key: 'maxSurge' | 'maxUnavailable'): CountOrShare =>
    resolveCount(counts[key], field(place, key));
  const [maxSurge, maxUnavailable] = [count('maxSurge'), count('maxUnavailable')];
  if (isNone(maxSurge) && isNone(maxUnavailable)) {
    const hint = 'allow one in maxSurge or in maxUnavailable';
    tell(field(place, 'maxSurge'), 'nothing could be replaced: no replica may be added or be missing', hint);
  }
  const { partition, pauseEvery } = written;
  const { atLeastMs, atMostMs } = resolveAnalyze({}, place);
  const stop = pauseEvery === undefined ? undefined : resolveCount(pauseEvery, field(place, 'pauseEvery'));
  if (stop !== undefined && isNone(stop)) {
    tell(field(place, 'pauseEvery'), 'it would pause after none', 'at least 1');
  }
  return {
    kind: 'ramped',
    maxSurge,
    maxUnavailable,
    ...(partition === undefined ? {} : { partition: resolveCount(partition, field(place, 'partition')) }),
    ...(stop === undefined ? {} : { pauseEvery: stop }),
    analyze: { atLeastMs, atMostMs },
  };
}

function isNone(size: CountOrShare): boolean {
  return ('count' in size ? size.count : size.share) === 0;
}

function resolveBlueGreen(written: WrittenBlueGreen, place: Place): BlueGreenStrategy {
  const { bake, keepStable, preview } = { ...DEFAULTS.blueGreen, ...written };
  return {
    kind: 'blueGreen',
    ...resolvePreview(preview ?? {}, field(place, 'preview')),
    bakeMs: readDuration(field(place, 'bake'), bake, LONG_OR_NONE),
    keepStableMs: readDuration(field(place, 'keepStable'), keepStable, LONG_OR_NONE),
  };
}

function resolvePreview(
  { match, mirror }: NonNullable<WrittenBlueGreen['preview']>,
  place: Place,
): { readonly preview?: Preview } {
  if (match !== undefined) return { preview: { match: resolveMatch(match, field(place, 'match')) } };
  if (mirror === undefined) return {};
  const { atLeastMs, atMostMs } = resolveAnalyze({}, place);
  const share = readMirror(field(place, 'mirror'), mirror);
  return { preview: { mirror: share, analyze: { atLeastMs, atMostMs } } };
}

/** A share of the requests that are copied. */
function readMirror(place: Place, text: string): Share {
  const share = readShare(place, text);
  if (share === NO_SHARE) tell(place, `${text} copies nothing`, 'begin with a share above 0%');
  return share;
}

function resolveCanary(written: WrittenCanary, place: Place): CanaryStrategy {
  return {
    kind: 'canary',
    steps: resolveForm(written, place),
    capacity: written.capacity ?? DEFAULTS.canary.capacity,
    earlyPromotion: written.earlyPromotion ?? DEFAULTS.canary.earlyPromotion,
    ...(written.baseline === true ? { baseline: true } : {}),
  };
}

function resolveForm({ weights, replicas, steps }: WrittenCanary, place: Place): readonly CanaryStep[] {
  if (weights !== undefined) return stepsOfWeights(weights, field(place, 'weights'));
  if (replicas !== undefined) return stepsOfReplicas(replicas, field(place, 'replicas'));
  return resolveSteps(steps ?? [], field(place, 'steps'));
}

function stepsOfReplicas(sizes: readonly (number | string)[], place: Place): readonly CanaryStep[] {
  return sizes.flatMap((size, i): CanaryStep[] => {
    const at = item(place, i);
    const before = sizes[i - 1];
    if (size === 0 || size === '0%') tell(at, `${size} is no canary at all`, 'begin with 1');
    if (before !== undefined && isSmaller(size, before)) {
      tell(at, `${size} does not grow: the step before has ${before}`, 'sizes must grow from step to step');
    }
    return [{ kind: 'replicas', replicas: resolveCount(size, at) }, resolveAnalyze({}, at)];
  });
}

/** A count and a share cannot be compared before it is known how many replicas there are. */
function isSmaller(size: number | string, before: number | string): boolean {
  if (typeof size === 'number' && typeof before === 'number') return size <= before;
  const [share, shareBefore] = [parseShare(String(size)), parseShare(String(before))];
  return share !== undefined && shareBefore !== undefined && share <= shareBefore;
}

function stepsOfWeights(weights: readonly string[], place: Place): readonly CanaryStep[] {
  const growing = growingWeight();
  return weights.flatMap((text, i): CanaryStep[] => {
    const at = item(place, i);
    return [{ kind: 'weight', weight: growing(text, at) }, resolveAnalyze({}, at)];
  });
}

function resolveSteps(steps: readonly WrittenStep[], place: Place): readonly CanaryStep[] {
  const growing = growingWeight();
  return steps.flatMap((step, i): readonly CanaryStep[] => {
    const at = item(place, i);
    if (step.weight !== undefined) {
      return [{ kind: 'weight', weight: growing(step.weight, field(at, 'weight')) }];
    }
    if (step.replicas !== undefined) {
      return [{ kind: 'replicas', replicas: resolveCount(step.replicas, field(at, 'replicas')) }];
    }
    if (step.mirror !== undefined) {
      return [{ kind: 'mirror', share: readMirror(field(at, 'mirror'), step.mirror) }];
    }
    if (step.match !== undefined)
      return [{ kind: 'match', match: resolveMatch(step.match, field(at, 'match')) }];
    if (step.gate !== undefined) return [{ kind: 'gate', name: step.gate }];
    if (step.hook !== undefined) return [{ kind: 'hook', name: step.hook }];
    if (step.pause !== undefined) return [resolvePause(step.pause, field(at, 'pause'))];
    return step.analyze === undefined ? [] : [resolveAnalyze(step.analyze, field(at, 'analyze'))];
  });
}

/** Reads weights in the order of the steps, and tells of each that does not grow. */
function growingWeight(): (text: string, place: Place) => Share {
  let before: Share = NO_SHARE;
  return (text, place) => {
    const weight = readShare(place, text);
    if (weight <= before) tellNotGrowing(place, text, before);
    before = weight > before ? weight : before;
    return weight;
  };
}

function tellNotGrowing(place: Place, text: string, before: Share): void {
  if (before === NO_SHARE) {
    tell(place, `${text} sends the canary nothing`, 'begin with a weight above 0%');
    return;
  }
  const hint = 'weights must grow from step to step';
  tell(place, `${text} does not grow: the step before has ${formatShare(before)}`, hint);
}

function resolvePause(written: NonNullable<WrittenStep['pause']>, place: Place): CanaryStep {
  if (typeof written !== 'string') return { kind: 'pause' };
  return { kind: 'pause', forMs: readDuration(place, written, LONG) };
}

/** A bound that is not written gives way to the one that is. */
function resolveAnalyze(written: WrittenAnalyze, place: Place): AnalyzeStep {
  const least = readDuration(
    field(place, 'atLeast'),
    written.atLeast ?? DEFAULTS.analyze.atLeast,
    LONG_OR_NONE,
  );
  const most = readDuration(field(place, 'atMost'), written.atMost ?? DEFAULTS.analyze.atMost, LONG);
  if (written.atLeast !== undefined && written.atMost !== undefined && least > most) {
    tell(
      field(place, 'atLeast'),
      `${written.atLeast} is longer than atMost (${written.atMost})`,
      'a step cannot end before it may',
    );
  }
  return {
    kind: 'analyze',
    atLeastMs: written.atLeast === undefined ? Math.min(least, most) : least,
    atMostMs: written.atMost === undefined ? Math.max(least, most) : most,
  };
}

function resolveCount(written: number | string, place: Place): CountOrShare {
  if (typeof written === 'string') return { share: readShare(place, written) };
  if (written > 1_000) tell(place, 'must be at most 1000');
  return { count: written };
}
