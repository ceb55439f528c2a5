import type { JsonObject } from '../base/json.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { revisionIdOf, templateOf } from '../rollout/revision.ts';
import type { Artefacts } from '../store/artefacts.ts';
import { readEnvironment } from '../store/artefacts-env-file.ts';

/** A build may take this long. */
const BUILD_TIMEOUT_MS = 600_000;

/** A revision that was copied and named, and is not kept yet. */
export interface StagedRevision {
  readonly id: RevisionId;
  readonly template: JsonObject;
  /** Builds it and keeps it. Safe when it is kept already. */
  commit(): Promise<void>;
  /** Removes the copy. Safe to repeat, and after a commit. */
  discard(): Promise<void>;
}

/** Copies what a Rollout declares to run, with its environment, and names the revision that makes. */
export async function stageRevision(
  rollout: Rollout,
  parts: { readonly artefacts: Artefacts; readonly closing: AbortSignal },
): Promise<StagedRevision> {
  const { artefacts, closing } = parts;
  const { workload } = rollout;
  const environment = await readEnvironment(workload.env, workload.envFiles);
  const staged = await artefacts.stage(
    'path' in workload.from ? workload.from.path : workload.from.live,
    closing,
  );
  const template = templateOf(workload, staged.digest, artefacts.environmentDigest(environment));
  const id = revisionIdOf(template);
  const build =
    workload.build === undefined ? {} : { build: { command: workload.build, timeoutMs: BUILD_TIMEOUT_MS } };
  return {
    id,
    template: { ...template },
    commit: async () => {
      await staged.commit({ id, environment, ...build, signal: closing });
    },
    discard: () => staged.discard(),
  };
}
