import { formatShare, NO_SHARE, type Share } from '../base/share.ts';
import { DEFAULTS } from './defaults.ts';
import type { CanaryStep, CanaryStrategy, CountOrShare, Strategy } from './model.ts';
import { itemPath } from './path.ts';
import { field, LONG, LONG_OR_NONE, readDuration, readShare, tell, type Place } from './place.ts';
import type { RolloutSpec } from './schema/document.ts';

type WrittenCanary = NonNullable<RolloutSpec['strategy']['canary']>;
type WrittenStep = NonNullable<WrittenCanary['steps']>[number];
type WrittenAnalyze = NonNullable<WrittenStep['analyze']>;

/** `spec.strategy` with its defaults; undefined for a strategy that is not built yet. */
export function resolveStrategy(written: RolloutSpec['strategy'], place: Place): Strategy | undefined {
  if (written.recreate !== undefined) return { kind: 'recreate' };
  return written.canary === undefined ? undefined : resolveCanary(written.canary, field(place, 'canary'));
}

function resolveCanary(written: WrittenCanary, place: Place): CanaryStrategy {
  const { weights, steps } = written;
  return {
    kind: 'canary',
    steps:
      weights === undefined
        ? resolveSteps(steps ?? [], field(place, 'steps'))
        : stepsOfWeights(weights, field(place, 'weights')),
    capacity: written.capacity ?? DEFAULTS.canary.capacity,
    earlyPromotion: written.earlyPromotion ?? DEFAULTS.canary.earlyPromotion,
  };
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
function resolveAnalyze(written: WrittenAnalyze, place: Place): CanaryStep {
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

function item(place: Place, index: number): Place {
  return { path: itemPath(place.path, index), report: place.report };
}

/** Where a written strategy divides traffic, below `spec.strategy`; undefined when it does not. */
export function needsTraffic(written: RolloutSpec['strategy']): string | undefined {
  if (written.canary?.weights !== undefined) return 'canary.weights';
  const index = written.canary?.steps?.findIndex((step) => step.weight !== undefined) ?? -1;
  return index < 0 ? undefined : itemPath('canary.steps', index);
}
