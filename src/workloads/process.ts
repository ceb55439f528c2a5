import type { WorkloadPort } from '../controller/ports.ts';
import type { DesiredGroup } from '../engine/decision.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { ProcessSettings } from '../supervisor/settings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/** Whose processes, and what they are started by. */
export interface ProcessWorkloadOptions {
  readonly rollout: string;
  readonly supervisor: Pick<Supervisor, 'setSize' | 'groups'>;
  /** How a revision is started; undefined when nothing of it is kept any more. */
  readonly revisionOf: (revision: RevisionId) => ProcessSettings | undefined;
}

/** Local processes as a workload. Remembers nothing: a new one is made at every look. */
export function processWorkload(options: ProcessWorkloadOptions): WorkloadPort {
  const { rollout, supervisor, revisionOf } = options;
  return {
    apply(groups) {
      const sizes = sizePerRevision(groups);
      for (const [revision, replicas] of sizes) {
        supervisor.setSize({ rollout, revision }, replicas, revisionOf(revision));
      }
      for (const { revision } of supervisor.groups(rollout)) {
        if (!sizes.has(revision)) supervisor.setSize({ rollout, revision }, 0);
      }
      return Promise.resolve();
    },

    observe: () => Promise.resolve(supervisor.groups(rollout)),
  };
}

/** Two tracks may run one revision: its processes serve both. */
function sizePerRevision(groups: readonly DesiredGroup[]): ReadonlyMap<RevisionId, number> {
  const sizes = new Map<RevisionId, number>();
  for (const { revision, replicas } of groups) sizes.set(revision, (sizes.get(revision) ?? 0) + replicas);
  return sizes;
}
