import { countFor, formatShare, FULL_SHARE, parseShare, type Share } from '../base/share.ts';
import type { CanaryStep, CanaryStrategy } from '../rollout/model.ts';
import { countOf } from './capacity.ts';
import { takesTime, type Plan, type Step, type Wait } from './plan.ts';
import { allStable, rampPlan, rampTo, rampToEnd, sizedStep, type Bounds, type Sizes } from './ramp.ts';
import { pauseWords, waitOf, withHurdle } from './waits.ts';

/** So many more than usual may run where nothing divides traffic. */
const SURGE = parseShare('25%') as Share;

/** How far the steps have come while they are being compiled. */
interface Progress {
  readonly at: Sizes;
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
  /** True: the step before asked for a size that was there already. */
  readonly isRepeated: boolean;
}

/**
 * Canary without traffic: who has a share of the replicas has that share of the work. One old replica is left to
 * compare with until the end, whatever the steps say.
 */
export function compileReplicaCanary(strategy: CanaryStrategy, replicas: number): Plan {
  const bounds: Bounds = { replicas, surge: countFor(SURGE, replicas), unavailable: 0 };
  let progress: Progress = { at: allStable(bounds), steps: [], notes: [], isRepeated: false };
  for (const step of strategy.steps) {
    const size = sizeOf(step, replicas);
    progress =
      size === undefined
        ? waiting(progress, { step, wait: waitOf(step, strategy.earlyPromotion) }, replicas)
        : moved(progress, size, bounds);
  }
  const steps = [...progress.steps, ...rampToEnd(progress.at, bounds)];
  return rampPlan(steps, [...progress.notes, ...roundedNotes(strategy, replicas)]);
}

/** What the weights come to that are no whole number of replicas. */
function roundedNotes({ steps }: CanaryStrategy, replicas: number): readonly string[] {
  const notes = steps.flatMap((step) => {
    if (step.kind !== 'weight') return [];
    const count = countFor(step.weight, replicas);
    if (count * FULL_SHARE === step.weight * replicas) return [];
    return [
      `a weight of ${formatShare(step.weight)} comes to ${count} of ${replicas} replicas, which serve alike`,
    ];
  });
  return [...new Set(notes)];
}

/** The same without steps that wait: a version that was trusted before goes live. */
export function replaceReplicas(replicas: number): Plan {
  const bounds: Bounds = { replicas, surge: countFor(SURGE, replicas), unavailable: 0 };
  return rampPlan(rampToEnd(allStable(bounds), bounds), []);
}

/** How many replicas a step asks for; undefined when it waits. */
function sizeOf(step: CanaryStep, replicas: number): number | undefined {
  if (step.kind === 'replicas') return countOf(step.replicas, replicas);
  return step.kind === 'weight' ? countFor(step.weight, replicas) : undefined;
}

function moved(progress: Progress, size: number, bounds: Bounds): Progress {
  const ramp = rampTo(progress.at, size, bounds).map(withOneOld);
  const at = ramp.at(-1);
  if (at === undefined) return { ...progress, isRepeated: true };
  const steps = ramp.map((sizes) =>
    sizedStep(sizes, bounds.replicas, { wait: { kind: 'none' }, promoting: false }),
  );
  return { ...progress, at, steps: [...progress.steps, ...steps], isRepeated: false };
}

function withOneOld(sizes: Sizes): Sizes {
  return { ...sizes, stable: Math.max(1, sizes.stable) };
}

/** A written step that waits, and how. */
interface Waiting {
  readonly step: CanaryStep;
  readonly wait: Wait;
}

/** The wait of the move before it, or of a step of its own. */
function waiting(progress: Progress, { step: written, wait }: Waiting, replicas: number): Progress {
  const { at, steps, notes, isRepeated } = progress;
  const last = steps.at(-1);
  const next = { ...progress, isRepeated: false };
  if (isRepeated && wait.kind === 'analyze' && last?.wait.kind === 'analyze') {
    const note = `${at.candidate} of ${replicas} replicas is what a further step comes to as well: it is passed over`;
    return { ...next, notes: [...notes.filter((one) => one !== note), note] };
  }
  const isOfMove = last !== undefined && !takesTime(last);
  const step = sizedStep(at, replicas, { wait, promoting: false });
  const titled = withHurdle({ ...step, title: `${step.title}${pauseWords(wait)}` }, written);
  return { ...next, steps: [...(isOfMove ? steps.slice(0, -1) : steps), titled] };
}
