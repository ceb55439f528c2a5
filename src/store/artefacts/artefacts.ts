import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../base/environment.ts';
import { ownerOf } from '../../files/owner.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { digestEnvironment, installationKey } from './key.ts';
import {
  buildLogOf,
  environmentOf,
  listRevisions,
  removeFailedLogs,
  removeRemains,
  removeRevision,
} from './revision.ts';
import {
  digestArtefact,
  stageAgain,
  stageArtefact,
  stageNothing,
  type StagedArtefact,
  type StagedCopy,
} from './stage.ts';

/**
 * What revisions run: `<data>/revisions/<id>/` with the artefact, `<id>.files.json` with what that is made of,
 * `<id>.env.json` (mode 0600) with the environment and `<id>.build.log`. The environment file is written last and makes the revision exist: whatever lacks it is the
 * remains of an attempt that was cut short, and goes at the next start. The build runs under the final name, since
 * many tools write the directory's name into what they make.
 */
export interface Artefacts {
  /** Takes a copy of a directory, `.tar`, `.tar.gz` or `.tgz` (an absolute path), or of nothing. Commit or discard it. */
  stage(source: string | undefined, signal: AbortSignal): Promise<StagedArtefact>;
  /**
   * Takes a copy of a revision as it was when it was made and built, for another one. Commit or discard it. Throws Failure
   * `badArtefact` when that is no longer there.
   */
  stageAgain(id: RevisionId, signal: AbortSignal): Promise<StagedCopy>;
  /** The digest `stage` would find, for plans. */
  digest(source: string, signal: AbortSignal): Promise<string>;
  /** Where a revision's artefact is. */
  directoryOf(id: RevisionId): string;
  /** What a revision's build has printed. */
  buildLogOf(id: RevisionId): string;
  /** A revision's environment; undefined when the revision is not kept. */
  environmentOf(id: RevisionId): Promise<Environment | undefined>;
  /** Tells equal environments from different ones without giving any value away. */
  environmentDigest(environment: Environment): string;
  list(): Promise<readonly RevisionId[]>;
  /** Removes all that is kept of a revision. Safe to repeat. */
  remove(id: RevisionId): Promise<void>;
  /** Removes the logs of builds that made no revision, but for the newest `keep` and those that are needed. */
  removeFailedLogs(keep: number, isNeeded: (id: RevisionId) => boolean): Promise<void>;
  /** Removes what a crash has left half done; once nothing of an earlier process builds any more. */
  readonly removeRemains: () => Promise<void>;
}

/** Opens the artefacts of a data directory. */
export async function openArtefacts(dataDir: string): Promise<Artefacts> {
  const root = join(dataDir, 'revisions');
  await mkdir(root, { recursive: true, mode: 0o700 });
  const key = await installationKey(dataDir);
  const owner = await ownerOf(dataDir);
  const pinned = new Map<RevisionId, Promise<string>>();
  return {
    stage: (source, signal) =>
      source === undefined
        ? stageNothing({ root, dataDir, owner, pinned })
        : stageArtefact({ source, root, dataDir, owner, pinned }, signal),
    stageAgain: (id, signal) => stageAgain(id, { root, dataDir, owner, pinned }, signal),
    digest: (source, signal) => digestArtefact({ source, root, dataDir, owner, pinned }, signal),
    directoryOf: (id) => join(root, id),
    buildLogOf: (id) => buildLogOf(root, id),
    environmentOf: (id) => environmentOf(root, id),
    environmentDigest: (environment) => digestEnvironment(environment, key),
    list: () => listRevisions(root),
    remove: (id) => removeRevision(root, id),
    removeFailedLogs: (keep, isNeeded) => removeFailedLogs(root, keep, isNeeded),
    removeRemains: () => removeRemains(root),
  };
}
