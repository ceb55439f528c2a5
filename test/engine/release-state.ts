import type { ReleaseState } from '../../src/engine/status.ts';
import type { RevisionId } from '../../src/rollout/model.ts';
import { compilePlan } from '../../src/strategy/compile.ts';
import { aRollout } from './rollouts.ts';

/** A release that is in its first step, with what matters to the test replaced. */
export function aReleaseState(differences: Partial<ReleaseState> = {}): ReleaseState {
  return {
    number: 2,
    from: 'r1-000000000001' as RevisionId,
    to: 'r1-000000000002' as RevisionId,
    mode: 'strategy',
    startedAt: 1_000_000,
    plan: compilePlan(aRollout(), { hasStable: true, direct: false }),
    step: 0,
    stage: 'wait',
    confirmedStep: 0,
    stageMs: 10_000,
    measuredMs: 10_000,
    ageMs: 12_000,
    seenAt: 1_012_000,
    paused: false,
    direction: { kind: 'forward' },
    counting: true,
    served: { requests: 100, errors: 1 },
    ...differences,
  };
}
