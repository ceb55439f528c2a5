import { formatShare, NO_SHARE, type Share } from '../../base/share.ts';
import { stepOf } from '../../engine/look.ts';
import { isScaledToZero } from '../../engine/phase.ts';
import type { ReleaseState, Status } from '../../engine/status.ts';
import type { Rollout } from '../../rollout/model.ts';
import { sideOf, tracksOf, weightOf } from '../../strategy/capacity.ts';
import type { Step } from '../../strategy/plan.ts';
import type { RolloutObjectStatus } from '../crd/rollout-status.ts';
import { conditionsOf, type Found } from './conditions.ts';

/** What people and tools read of a Rollout. Made from what is remembered and from nothing else. */
export function shownStatus(rollout: Rollout, status: Status, found: Found): RolloutObjectStatus {
  const { stable, release, releases, phase, message, lastOutcome } = status;
  return {
    observedGeneration: found.generation,
    phase,
    message,
    strategy: rollout.strategy.kind,
    ...(release === undefined ? {} : { ...progressOf(release), stepTitle: stepOf(release).title }),
    replicas: isScaledToZero(rollout.workload) ? 0 : rollout.workload.replicas,
    ...(releases === 0 ? {} : { release: releases }),
    ...(stable === undefined ? {} : { stable: { revision: stable } }),
    ...(release === undefined ? {} : { candidate: { revision: release.to } }),
    ...(lastOutcome === undefined ? {} : { lastOutcome }),
    conditions: [...conditionsOf(status, found)],
  };
}

/** How far a release is, as in 3/8, and what its candidate gets. */
export function progressOf({ plan, step, confirmedStep }: ReleaseState): Progress {
  const served = plan.steps[confirmedStep];
  return {
    step: `${step + 1}/${plan.steps.length}`,
    weight: formatShare(served === undefined ? NO_SHARE : candidateShare(served)),
  };
}

interface Progress {
  readonly step: string;
  readonly weight: string;
}

function candidateShare(step: Step): Share {
  const tracks = tracksOf(step).filter((track) => sideOf(track) === 'candidate');
  return tracks.reduce((sum, track) => sum + weightOf(step, track), 0) as Share;
}
