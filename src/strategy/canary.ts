import { formatDuration } from '../base/duration.ts';
import { formatShare, FULL_SHARE, NO_SHARE, restOf, type Share } from '../base/share.ts';
import type { CanaryStep, CanaryStrategy, CountOrShare } from '../rollout/model.ts';
import type { Plan, Step, Wait } from './plan.ts';
import { switchOver } from './switch-over.ts';

/** How far the steps have come while they are being compiled. */
interface Progress {
  readonly weight: Share;
  /** Set by a `replicas` step; from then on the weight no longer decides the size. */
  readonly replicas?: CountOrShare;
}

/** Canary: the candidate gets a growing part of the traffic, and all of it in the end. */
export function compileCanary(strategy: CanaryStrategy): Plan {
  const steps: Step[] = [];
  let progress: Progress = { weight: NO_SHARE };
  strategy.steps.forEach((step, index) => {
    if (step.kind === 'weight') progress = { ...progress, weight: step.weight };
    if (step.kind === 'replicas') progress = { ...progress, replicas: step.replicas };
    // A move belongs to the wait, or to the other kind of move, that follows it.
    const next = strategy.steps[index + 1];
    if (isMove(step) && next !== undefined && next.kind !== step.kind) return;
    steps.push(stepAt(strategy, progress, waitOf(strategy, step)));
  });
  return { steps: [...steps, ...switchOver()], notes: [] };
}

function isMove(step: CanaryStep): boolean {
  return step.kind === 'weight' || step.kind === 'replicas';
}

function stepAt(strategy: CanaryStrategy, progress: Progress, wait: Wait): Step {
  const { weight } = progress;
  const size = progress.replicas ?? { share: strategy.capacity === 'fixed' ? FULL_SHARE : weight };
  return {
    title: `canary ${formatShare(weight)}${wait.kind === 'pause' ? `, ${describePause(wait)}` : ''}`,
    size: { stable: { share: FULL_SHARE }, canary: size },
    weights: weight === NO_SHARE ? { stable: FULL_SHARE } : { stable: restOf(weight), canary: weight },
    wait,
    exclusive: false,
    promoting: false,
  };
}

function waitOf(strategy: CanaryStrategy, step: CanaryStep): Wait {
  switch (step.kind) {
    case 'pause':
      return step.forMs === undefined ? { kind: 'pause' } : { kind: 'pause', forMs: step.forMs };
    case 'analyze':
      return {
        kind: 'analyze',
        atLeastMs: step.atLeastMs,
        atMostMs: step.atMostMs,
        early: strategy.earlyPromotion,
      };
    case 'weight':
    case 'replicas':
      return { kind: 'none' };
  }
}

function describePause(wait: { readonly forMs?: number }): string {
  return wait.forMs === undefined ? 'pause until resumed' : `pause ${formatDuration(wait.forMs)}`;
}
