import { formatDuration } from '../base/duration.ts';
import type { CanaryStep } from '../rollout/model.ts';
import type { Step, Wait } from './plan.ts';

/** What a written step waits for; a move waits for nothing, nor does a hurdle, which is no wait. */
export function waitOf(step: CanaryStep, early: boolean): Wait {
  switch (step.kind) {
    case 'pause':
      return step.forMs === undefined ? { kind: 'pause' } : { kind: 'pause', forMs: step.forMs };
    case 'analyze':
      return { kind: 'analyze', atLeastMs: step.atLeastMs, atMostMs: step.atMostMs, early };
    case 'weight':
    case 'replicas':
    case 'mirror':
    case 'match':
    case 'gate':
    case 'hook':
      return { kind: 'none' };
  }
}

/** A pause in words, to follow a step's title; nothing for other waits. */
export function pauseWords(wait: Wait): string {
  if (wait.kind !== 'pause') return '';
  return wait.forMs === undefined ? ', pause until resumed' : `, pause ${formatDuration(wait.forMs)}`;
}

/** The step with the gate or the hook that it was written for; its wait is none, and the hurdle is passed in its place. */
export function withHurdle(step: Step, written: CanaryStep): Step {
  if (written.kind !== 'gate' && written.kind !== 'hook') return step;
  const { kind, name } = written;
  return { ...step, title: `${step.title}, ${kind} ${name}`, hurdles: [{ kind, name, before: 'wait' }] };
}
