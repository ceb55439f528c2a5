import { canonicalJson } from '../base/canonical.ts';
import { withoutValues, type Environment } from '../base/environment.ts';
import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { RevisionId, Rollout, Workload } from '../rollout/model.ts';
import { revisionIdOf, templateOf } from '../rollout/revision.ts';
import type { Artefacts } from '../store/artefacts.ts';
import { readEnvironment } from '../store/artefacts-env-file.ts';

/** A build may take this long. */
const BUILD_TIMEOUT_MS = 600_000;

/** What staging works with. */
export interface StagingParts {
  readonly artefacts: Artefacts;
  /** Aborted when the control process ends. */
  readonly closing: AbortSignal;
}

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
  { workload }: Rollout,
  { artefacts, closing }: StagingParts,
): Promise<StagedRevision> {
  const environment = await readEnvironment(workload.env, workload.envFiles);
  const staged = await artefacts.stage(sourceOf(workload), closing);
  const template = templateOf(workload, staged.digest, artefacts.environmentDigest(environment));
  const id = revisionIdOf(template);
  const build =
    workload.build === undefined ? {} : { build: { command: workload.build, timeoutMs: BUILD_TIMEOUT_MS } };
  return {
    id,
    template: { ...template },
    commit: async () => {
      try {
        await staged.commit({ id, environment, ...build, signal: closing });
      } catch (cause) {
        throw discreet(cause, environment);
      }
    },
    discard: () => staged.discard(),
  };
}

/** The name of the revision that a Rollout declares now; nothing is copied for longer than it takes to know it. */
export async function nameRevision({ workload }: Rollout, parts: StagingParts): Promise<RevisionId> {
  const { artefacts, closing } = parts;
  const environment = await readEnvironment(workload.env, workload.envFiles);
  const digest = await artefacts.digest(sourceOf(workload), closing);
  return revisionIdOf(templateOf(workload, digest, artefacts.environmentDigest(environment)));
}

/** True when the same revision comes of both, as far as the declaration says. */
export function isSameSource(a: Workload, b: Workload): boolean {
  return sourceText(a) === sourceText(b);
}

function sourceText({ from, command, build, env, envFiles }: Workload): string {
  return canonicalJson({ from, command, build, env, envFiles });
}

function sourceOf({ from }: Workload): string {
  return 'path' in from ? from.path : from.live;
}

/** A build's last words may hold what it was given. */
function discreet(cause: unknown, environment: Environment): unknown {
  if (!(cause instanceof Failure)) return cause;
  const message = withoutValues(cause.message, environment);
  if (message === cause.message) return cause;
  return new Failure(cause.code, message, cause.hint === undefined ? {} : { hint: cause.hint });
}
