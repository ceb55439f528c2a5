import type { CanaryStep, Rollout, Strategy, Track } from '../rollout/model.ts';
import type { GateMoment, Hook, HookMoment } from '../rollout/model-outside.ts';
import type { Start } from './compile.ts';
import { mirroredTo, sideOf, tracksOf, weightOf } from './capacity.ts';
import type { Hurdle, Plan, Step } from './plan.ts';

/** The stages of a step at which something may have to be passed, in order. */
const ORDER: readonly Hurdle['before'][] = ['start', 'route', 'wait', 'next'];

/** Where a hurdle stands. */
interface Position {
  readonly step: number;
  readonly before: Hurdle['before'];
}

/**
 * The plan with its gates and hooks at their places. An undo passes them all by, since nothing may hold up a way
 * back. A first release waits only at gates of its start: the others guard the version that serves, and there is none.
 */
export function withHurdles(bare: Plan, { gates, hooks }: Rollout, { hasStable, direct }: Start): Plan {
  const plan = { ...bare, notes: [...bare.notes, ...notesAfter(hooks, direct)] };
  if (direct) return plan;
  const placed: (Hurdle & { readonly step: number })[] = [];
  for (const { name, at } of gates) {
    if (at === undefined || (!hasStable && at !== 'start')) continue;
    placed.push(...gatePositions(plan, at).map((position) => ({ kind: 'gate' as const, name, ...position })));
  }
  for (const { name, at } of hooks) {
    if (at === undefined) continue;
    placed.push(
      ...hookPositions(plan.steps, at).map((position) => ({ kind: 'hook' as const, name, ...position })),
    );
  }
  if (placed.length === 0) return plan;
  return {
    ...plan,
    steps: plan.steps.map((step, index) =>
      withThese(
        step,
        placed.filter((one) => one.step === index),
      ),
    ),
  };
}

/** What is said of the hooks that have no place in the plan, since they run once the release is over. */
function notesAfter(hooks: readonly Hook[], direct: boolean): readonly string[] {
  return hooks.flatMap(({ name, at }) => {
    if (at === 'afterPromotion') return [`once it is promoted, hook ${name} runs`];
    return at === 'onRollback' && !direct ? [`once it was rolled back or aborted, hook ${name} runs`] : [];
  });
}

/** True for a gate or a hook that is to stay. */
export type IsKept = (hurdle: Pick<Hurdle, 'kind' | 'name'>) => boolean;

/** The strategy without the steps that only name a gate or a hook that is not kept. */
export function withoutHurdles(strategy: Strategy, isKept: IsKept): Strategy {
  if (strategy.kind === 'shadow' && strategy.then !== undefined) {
    return { ...strategy, then: { ...strategy.then, steps: unhindered(strategy.then.steps, isKept) } };
  }
  return strategy.kind === 'canary' ? { ...strategy, steps: unhindered(strategy.steps, isKept) } : strategy;
}

function unhindered(steps: readonly CanaryStep[], isKept: IsKept): readonly CanaryStep[] {
  return steps.filter((step) => (step.kind !== 'gate' && step.kind !== 'hook') || isKept(step));
}

function withThese(step: Step, placed: readonly (Hurdle & { readonly step: number })[]): Step {
  if (placed.length === 0) return step;
  const added = placed.map(({ kind, name, before }): Hurdle => ({ kind, name, before }));
  // What runs at every step runs before what the step itself was written for.
  const all = [...added, ...(step.hurdles ?? [])];
  return { ...step, hurdles: ORDER.flatMap((before) => all.filter((one) => one.before === before)) };
}

function gatePositions({ steps, keepsStable }: Plan, at: GateMoment): readonly Position[] {
  switch (at) {
    case 'start':
      return [ahead(0)];
    case 'step':
      return steps.flatMap((step, index) => {
        // Nobody is kept waiting while nobody serves.
        const isInGap = steps[index - 1]?.exclusive === true;
        return !isInGap && (index === 0 || movesTraffic(step, index, steps)) ? [ahead(index)] : [];
      });
    case 'switch': {
      const index = steps.findIndex(hasLeftStable);
      return index < 0 ? [] : [ahead(index)];
    }
    case 'promote': {
      if (keepsStable === true) return [];
      const promoting = steps.findIndex((step) => step.promoting);
      return [ahead(promoting < 0 ? steps.length : promoting)];
    }
  }
}

/** Before a step means: at the end of the one before it, which goes on serving and being judged meanwhile. */
function ahead(step: number): Position {
  return step <= 0 ? { step: 0, before: 'start' } : { step: step - 1, before: 'next' };
}

function isOld(track: Track): boolean {
  return sideOf(track) !== 'candidate';
}

function hasLeftStable(step: Step): boolean {
  return !tracksOf(step).some((track) => isOld(track) && weightOf(step, track) > 0);
}

/** What the new version gets: by weight, by match, as copies; undefined when it is nothing. */
function trafficOnNew(step: Step): string | undefined {
  const parts = tracksOf(step).flatMap((track) => {
    const gets = [weightOf(step, track), step.matches?.[track] ?? null, mirroredTo(step, track)];
    return isOld(track) || gets.every((one) => one === 0 || one === null) ? [] : [[track, ...gets]];
  });
  return parts.length === 0 ? undefined : JSON.stringify(parts);
}

/** True in a step in which the new version gets something else than in the one before it. */
function movesTraffic(step: Step, index: number, steps: readonly Step[]): boolean {
  const before = steps[index - 1];
  return trafficOnNew(step) !== (before === undefined ? undefined : trafficOnNew(before));
}

function hookPositions(steps: readonly Step[], at: HookMoment): readonly Position[] {
  switch (at) {
    case 'beforeCandidate':
      return [{ step: 0, before: 'start' }];
    case 'beforeTraffic': {
      const first = steps.findIndex((step) => trafficOnNew(step) !== undefined);
      return first < 0 ? [] : [{ step: first, before: 'route' }];
    }
    case 'eachStep':
      return steps.flatMap((step, index) =>
        movesTraffic(step, index, steps) && !step.promoting ? [{ step: index, before: 'wait' }] : [],
      );
    case 'afterPromotion':
    case 'onRollback':
      return [];
  }
}
