import type { WorkloadPort } from '../controller/ports.ts';
import type { DesiredGroup } from '../engine/decision.ts';
import type { RevisionId } from '../rollout/model.ts';
import { groupKey, type GroupKey, type ProcessSettings } from '../supervisor/settings.ts';
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
      const sizes = sizesOf(rollout, groups);
      for (const { key, replicas } of sizes) supervisor.setSize(key, replicas, revisionOf(key.revision));
      for (const { revision, copy } of supervisor.groups(rollout)) {
        if (sizes.some(({ key }) => key.revision === revision && key.copy === copy)) continue;
        supervisor.setSize({ rollout, revision, ...(copy === undefined ? {} : { copy }) }, 0);
      }
      return Promise.resolve();
    },

    observe: () => Promise.resolve(supervisor.groups(rollout)),
  };
}

interface Size {
  readonly key: GroupKey;
  readonly replicas: number;
}

/** Two tracks that share their processes have as many as both need. */
function sizesOf(rollout: string, groups: readonly DesiredGroup[]): readonly Size[] {
  const sizes = new Map<string, Size>();
  for (const group of groups) {
    const key = groupKey(rollout, group);
    const name = `${key.revision} ${key.copy ?? ''}`;
    sizes.set(name, { key, replicas: (sizes.get(name)?.replicas ?? 0) + group.replicas });
  }
  return [...sizes.values()];
}
