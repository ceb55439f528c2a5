import type { AtMost } from '../base/at-most.ts';
import { canonicalJson } from '../base/canonical.ts';
import { withoutValues, type Environment } from '../base/environment.ts';
import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import { localWorkload } from '../rollout/local-workload.ts';
import type {
  FromRollout,
  LocalWorkload,
  ProcessWorkload,
  RevisionId,
  Rollout,
  Workload,
} from '../rollout/model.ts';
import {
  builtTemplate,
  containerTemplate,
  revisionIdOf,
  templateOf,
  type RevisionTemplate,
} from '../rollout/revision.ts';
import type { Artefacts } from '../store/artefacts/artefacts.ts';
import { readEnvironment } from '../store/artefacts/env-file.ts';
import type { StagedCopy } from '../store/artefacts/stage.ts';
import type { StateStore } from '../store/queries.ts';
import type { Containers } from './containers.ts';
import type { RevisionCatalogue } from './revision-catalogue.ts';
import { builtBy } from './taking.ts';

/** A build may take this long. */
const BUILD_TIMEOUT_MS = 600_000;

/** Builds that go on at once, and that wait: each may take a core, and each that waits holds a copy. */
export const BUILDS = { of: 'builds', running: 2, waiting: 50 };

/** What staging works with. */
export interface StagingParts {
  readonly artefacts: Artefacts;
  readonly containers: Pick<Containers, 'pin' | 'foresee'>;
  readonly store: StateStore;
  readonly catalogue: RevisionCatalogue;
  /** Has builds take turns. */
  readonly builds: AtMost;
  /** Told how far a Rollout is with what takes long. */
  readonly onProgress: (rollout: string, text: string) => void;
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
export async function stageRevision(rollout: Rollout, parts: StagingParts): Promise<StagedRevision> {
  const { artefacts, builds, closing } = parts;
  const workload = localWorkload(rollout.workload);
  const environment = await readEnvironment(workload.env, workload.envFiles);
  const { staged, template, command } = await stageFiles(
    { rollout: rollout.name, workload, environment: artefacts.environmentDigest(environment) },
    parts,
  );
  const id = revisionIdOf(template);
  const build = command === undefined ? {} : { build: { command, timeoutMs: BUILD_TIMEOUT_MS } };
  return {
    id,
    template: { ...template },
    commit: async () => {
      try {
        const commit = () => staged.commit({ id, environment, ...build, signal: closing });
        await (command === undefined ? commit() : builds(commit));
      } catch (cause) {
        throw discreet(cause, environment);
      }
    },
    discard: () => staged.discard(),
  };
}

interface StagedFiles {
  readonly staged: StagedCopy;
  readonly template: RevisionTemplate;
  /** The build that the copy needs. */
  readonly command?: readonly string[];
}

interface Files {
  readonly rollout: string;
  readonly workload: LocalWorkload;
  /** Its digest. */
  readonly environment: string;
}

async function stageFiles(
  { rollout, workload, environment }: Files,
  { artefacts, containers, store, catalogue, onProgress, closing }: StagingParts,
): Promise<StagedFiles> {
  if (workload.kind === 'container') {
    // What containers run is in their image: it is asked for before anything is made.
    const image = await containers.pin(workload, (text) => {
      onProgress(rollout, text);
    });
    const staged = await artefacts.stage(undefined, closing);
    return { staged, template: containerTemplate(workload, image, environment) };
  }
  const { from, build } = workload;
  if (isOfRollout(from)) {
    const built = await builtBy(from, store);
    const { revision } = built;
    const staged = await catalogue.holding([revision], () => artefacts.stageAgain(revision, closing));
    return { staged, template: builtTemplate(workload, built, environment) };
  }
  const staged = await artefacts.stage(placeOf(from), closing);
  const template = templateOf(workload, staged.digest, environment);
  return { staged, template, ...(build === undefined ? {} : { command: build }) };
}

/** The name of the revision that a Rollout declares now; nothing is copied for longer than it takes to know it. */
export async function nameRevision(rollout: Rollout, parts: StagingParts): Promise<RevisionId> {
  const workload = localWorkload(rollout.workload);
  const { artefacts, containers, store, closing } = parts;
  const environment = artefacts.environmentDigest(await readEnvironment(workload.env, workload.envFiles));
  if (workload.kind === 'container')
    return revisionIdOf(containerTemplate(workload, await containers.foresee(workload), environment));
  const { from } = workload;
  if (isOfRollout(from))
    return revisionIdOf(builtTemplate(workload, await builtBy(from, store), environment));
  const digest = await artefacts.digest(placeOf(from), closing);
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
  return canonicalJson({ kind, from: { ...from }, command, build, env, envFiles });
}

type Source = ProcessWorkload['from'];

function isOfRollout(from: Source): from is FromRollout {
  return 'rollout' in from;
}

function placeOf(from: Exclude<Source, FromRollout>): string {
  return 'path' in from ? from.path : from.live;
}

/** A build's last words may hold what it was given. */
function discreet(cause: unknown, environment: Environment): unknown {
  if (!(cause instanceof Failure)) return cause;
  const message = withoutValues(cause.message, environment);
  if (message === cause.message) return cause;
  return new Failure(cause.code, message, cause.hint === undefined ? {} : { hint: cause.hint });
}
