import { canonicalJson } from '../base/canonical.ts';
import { withoutValues, type Environment } from '../base/environment.ts';
import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import { localWorkload } from '../rollout/local-workload.ts';
import type { LocalWorkload, ProcessWorkload, RevisionId, Rollout, Workload } from '../rollout/model.ts';
import { containerTemplate, revisionIdOf, templateOf } from '../rollout/revision.ts';
import type { Artefacts } from '../store/artefacts.ts';
import { readEnvironment } from '../store/artefacts-env-file.ts';
import type { Containers } from './containers.ts';

/** A build may take this long. */
const BUILD_TIMEOUT_MS = 600_000;

/** What staging works with. */
export interface StagingParts {
  readonly artefacts: Artefacts;
  readonly containers: Pick<Containers, 'pin' | 'foresee'>;
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
  rollout: Rollout,
  { artefacts, containers, closing }: StagingParts,
): Promise<StagedRevision> {
  const workload = localWorkload(rollout.workload);
  const environment = await readEnvironment(workload.env, workload.envFiles);
  const environmentDigest = artefacts.environmentDigest(environment);
  // What containers run is in their image: it is asked for before anything is made.
  const image = workload.kind === 'container' ? await containers.pin(workload) : '';
  const staged = await artefacts.stage(sourceOf(workload), closing);
  const template =
    workload.kind === 'container'
      ? containerTemplate(workload, image, environmentDigest)
      : templateOf(workload, staged.digest, environmentDigest);
  const id = revisionIdOf(template);
  const command = workload.kind === 'process' ? workload.build : undefined;
  const build = command === undefined ? {} : { build: { command, timeoutMs: BUILD_TIMEOUT_MS } };
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
export async function nameRevision(rollout: Rollout, parts: StagingParts): Promise<RevisionId> {
  const workload = localWorkload(rollout.workload);
  const { artefacts, containers, closing } = parts;
  const environment = artefacts.environmentDigest(await readEnvironment(workload.env, workload.envFiles));
  if (workload.kind === 'container')
    return revisionIdOf(containerTemplate(workload, await containers.foresee(workload), environment));
  const digest = await artefacts.digest(sourceOf(workload), closing);
  return revisionIdOf(templateOf(workload, digest, environment));
}

/** True when the same revision comes of both, as far as the declaration says. */
export function isSameSource(a: Workload, b: Workload): boolean {
  return sourceText(localWorkload(a)) === sourceText(localWorkload(b));
}

function sourceText(workload: LocalWorkload): string {
  const { kind, command, env, envFiles } = workload;
  if (kind === 'container') {
    const { image, port } = workload;
    return canonicalJson({ kind, image, command, port, env, envFiles });
  }
  const { from, build } = workload;
  return canonicalJson({ kind, from, command, build, env, envFiles });
}

function sourceOf(workload: ProcessWorkload): string;
function sourceOf(workload: LocalWorkload): string | undefined;
function sourceOf(workload: LocalWorkload): string | undefined {
  if (workload.kind === 'container') return undefined;
  const { from } = workload;
  return 'path' in from ? from.path : from.live;
}

/** A build's last words may hold what it was given. */
function discreet(cause: unknown, environment: Environment): unknown {
  if (!(cause instanceof Failure)) return cause;
  const message = withoutValues(cause.message, environment);
  if (message === cause.message) return cause;
  return new Failure(cause.code, message, cause.hint === undefined ? {} : { hint: cause.hint });
}
