import { countFor, FULL_SHARE, NO_SHARE, type Share } from '../base/share.ts';
import { formatDuration } from '../base/duration.ts';
import { unreachable } from '../base/unreachable.ts';
import type { CountOrShare, Rollout, Track } from '../rollout/model.ts';
import { compileCanary } from './canary.ts';
import type { Plan, Step } from './plan.ts';
import { compileRecreate } from './recreate.ts';
import { switchOver } from './switch-over.ts';

/** What a release starts from. */
export interface Start {
  /** False in the first release of all: there is nothing to compare with or to go back to. */
  readonly hasStable: boolean;
  /** True: go live at once, without the strategy's trial steps (undo). */
  readonly direct: boolean;
}

/** Compiles a Rollout's strategy to the plan of one release. */
export function compilePlan(rollout: Rollout, start: Start): Plan {
  const plan = start.hasStable ? compileStrategy(rollout, start.direct) : firstPlan();
  return { steps: plan.steps, notes: [...plan.notes, ...notesOn(rollout, plan.steps)] };
}

function compileStrategy(rollout: Rollout, direct: boolean): Plan {
  const { strategy } = rollout;
  switch (strategy.kind) {
    case 'canary':
      return direct ? { steps: switchOver(), notes: [] } : compileCanary(strategy);
    case 'recreate':
      return compileRecreate();
    default:
      return unreachable(strategy);
  }
}

function firstPlan(): Plan {
  const step: Step = {
    title: 'first version',
    size: { canary: { share: FULL_SHARE } },
    weights: { canary: FULL_SHARE },
    wait: { kind: 'none' },
    exclusive: false,
    promoting: false,
  };
  return {
    steps: [step],
    notes: ['first release: nothing to compare with, all traffic goes to it once it is ready'],
  };
}

/** How many replicas a track has in a step: what the step says, and never fewer than its weight needs. */
export function replicasOf(step: Step, track: Track, replicas: number): number {
  return Math.max(countOf(step.size[track], replicas), countFor(weightOf(step, track), replicas));
}

/** A track's part of the traffic in a step. */
export function weightOf(step: Step, track: Track): Share {
  return step.weights[track] ?? NO_SHARE;
}

/** Every track a step names. */
export function tracksOf(step: Step): readonly Track[] {
  return [...new Set([...Object.keys(step.size), ...Object.keys(step.weights)])] as Track[];
}

/** The most replicas that run at once in any step. */
export function peakOf(plan: Plan, replicas: number): number {
  const totals = plan.steps.map((step) =>
    tracksOf(step).reduce((sum, track) => sum + replicasOf(step, track, replicas), 0),
  );
  return Math.max(0, ...totals);
}

function countOf(size: CountOrShare | undefined, replicas: number): number {
  if (size === undefined) return 0;
  return 'count' in size ? Math.min(size.count, replicas) : countFor(size.share, replicas);
}

function notesOn(rollout: Rollout, steps: readonly Step[]): readonly string[] {
  const { replicas } = rollout.workload;
  const notes = [`peak: ${peakOf({ steps, notes: [] }, replicas)} replicas at once, ${replicas} at rest`];
  const longestMs = Math.max(0, ...steps.map(({ wait }) => (wait.kind === 'analyze' ? wait.atMostMs : 0)));
  if (longestMs > 0 && (rollout.analysis?.checks.length ?? 0) === 0) {
    notes.push(
      `no checks: each step takes its longest time (up to ${formatDuration(longestMs)}), and only a version that cannot stay up is rolled back`,
    );
  }
  return notes;
}
