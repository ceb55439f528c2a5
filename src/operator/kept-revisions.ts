import type { KeptRevision } from '../api/revision-views.ts';
import type { Segments } from '../rollout/path.ts';
import type { ControllerRevision } from '../workloads/deployment/objects.ts';
import { plainTemplate } from '../workloads/deployment/template.ts';
import { snapshotsIn } from '../workloads/deployment/snapshots.ts';

/**
 * What is written down of revisions. Of the ConfigMaps and Secrets of a template it says the names of their copies, which
 * are others for other contents.
 */
export function keptRevisions(kept: readonly ControllerRevision[]): readonly KeptRevision[] {
  return kept.flatMap((one) =>
    snapshotsIn([one]).map(({ revision, template, copies }) => ({
      id: revision,
      createdAt: Date.parse(one.metadata.creationTimestamp ?? '') || 0,
      isKept: true,
      template: { template: plainTemplate(template), copies },
    })),
  );
}

/** True for the place of what a variable of a container is set to. */
export function isValueOfVariable(place: Segments): boolean {
  return place.at(-1) === 'value' && place.at(-3) === 'env';
}
