import type { Copy } from '../../src/engine/observation.ts';
import type { RevisionId } from '../../src/rollout/model.ts';

const BASELINE = ' baseline';

/** The name of a revision's processes, or of a copy's. */
export function setOf(id: RevisionId, copy: Copy | undefined): string {
  return copy === undefined ? id : `${id}${BASELINE}`;
}

/** True for the name of a copy's processes. */
export function isBaseline(set: string): boolean {
  return set.endsWith(BASELINE);
}

/** The revision of a name. */
export function revisionIn(set: string): RevisionId {
  return set.split(' ')[0] as RevisionId;
}
