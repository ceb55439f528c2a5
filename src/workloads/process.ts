import type { WorkloadPort } from '../controller/ports.ts';
import type { DesiredGroup } from '../engine/decision.ts';
import type { Group } from '../engine/observation.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { ProcessSettings } from '../supervisor/settings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/** Whose processes, who keeps them, and how a revision is started. */
export interface ProcessWorkloadOptions {
  readonly rollout: string;
  readonly supervisor: Pick<Supervisor, 'setSize' | 'groups'>;
  /** How a revision is started; undefined when nothing of it is kept any more. */
  readonly revisionOf: (revision: RevisionId) => ProcessSettings | undefined;
}

/** Local processes as a workload. */
export function processWorkload(options: ProcessWorkloadOptions): WorkloadPort {
  const { rollout, supervisor, revisionOf } = options;
  /** Revisions that are wanted but cannot be started any more. */
  let lost: readonly RevisionId[] = [];

  return {
    apply(groups) {
      const sizes = sizePerRevision(groups);
      const missing: RevisionId[] = [];
      for (const [revision, replicas] of sizes) {
        const settings = revisionOf(revision);
        if (settings === undefined && replicas > 0) missing.push(revision);
        supervisor.setSize({ rollout, revision }, replicas, settings);
      }
      for (const { revision } of supervisor.groups(rollout)) {
        if (!sizes.has(revision)) supervisor.setSize({ rollout, revision }, 0);
      }
      lost = missing;
      return Promise.resolve();
    },

    observe() {
      return Promise.resolve(
        supervisor.groups(rollout).map((group) => (lost.includes(group.revision) ? withLoss(group) : group)),
      );
    },
  };
}

/** Two tracks may run one revision: its processes serve both. */
function sizePerRevision(groups: readonly DesiredGroup[]): ReadonlyMap<RevisionId, number> {
  const sizes = new Map<RevisionId, number>();
  for (const { revision, replicas } of groups) sizes.set(revision, (sizes.get(revision) ?? 0) + replicas);
  return sizes;
}

function withLoss(group: Group): Group {
  return { failing: `what was pinned of ${group.revision} is gone, so it cannot be started again`, ...group };
}
