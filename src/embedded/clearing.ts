import type { ReleaseState } from '../engine/status.ts';
import type { Wanted } from '../engine/wanted.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { StateStore } from '../store/queries.ts';
import type { Uploads } from '../store/uploads.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { currentOf } from './current.ts';
import type { MachineErrands } from './errands/machine-errands.ts';
import type { RevisionCatalogue } from './revision-catalogue.ts';

/** Of failed builds, although nothing is declared: why the first one failed is worth knowing. */
const FEWEST_LOGS = 1;

/** What clearing away works on. */
export interface ClearingParts {
  readonly store: StateStore;
  readonly catalogue: RevisionCatalogue;
  readonly uploads: Pick<Uploads, 'sweep'>;
  readonly processes: Pick<Supervisor, 'groups' | 'removeLogs'>;
  readonly hooks: Pick<MachineErrands, 'remove'>;
}

/**
 * Removes the revisions of a Rollout, with artefacts and logs, and what is left of its hooks, that neither runs, history, a way back nor another Rollout
 * needs any more: all of them when the Rollout is gone. Safe to repeat, and after it was cut short.
 */
export async function removeUnused(name: string, parts: ClearingParts): Promise<void> {
  const { store, catalogue, processes, hooks } = parts;
  await catalogue.alone(async () => {
    const needed = await neededOf(name, parts);
    const isTaken = await takenElsewhere(name, store);
    if ((await currentOf(store, name)) === undefined) await hooks.remove(name);
    for (const { id } of await store.listRevisions(name)) {
      if (needed.has(id) || isTaken(id)) continue;
      // The row last: it is what tells that there is something to remove.
      await processes.removeLogs({ rollout: name, revision: id });
      await catalogue.drop(name, id);
    }
    await catalogue.sweep();
    await sweepUploads(parts);
  });
}

/** Removes what was left of Rollouts whose end was cut short, and artefacts that were never declared. */
export async function removeAbandoned(parts: ClearingParts): Promise<void> {
  const names = new Set((await parts.store.listRevisions()).map(({ rollout }) => rollout));
  for (const name of names) await removeUnused(name, parts);
  await removeOldLogs(parts);
  await parts.catalogue.alone(async () => {
    await parts.catalogue.sweep();
    await sweepUploads(parts);
  });
}

/** Removes the logs of failed builds beyond as many as releases are kept, of all Rollouts together. */
export async function removeOldLogs({ store, catalogue }: ClearingParts): Promise<void> {
  const keep = (await store.list()).reduce((sum, { rollout }) => sum + rollout.historyKeep, 0);
  await catalogue.sweepLogs(Math.max(FEWEST_LOGS, keep));
}

/** Tells the revisions that other Rollouts say they are made of, and may be made of again. */
async function takenElsewhere(
  name: string,
  store: ClearingParts['store'],
): Promise<(id: RevisionId) => boolean> {
  const known = (await store.list()).map(({ rollout, document }) => ({ name: rollout.name, document }));
  const unread = (await store.unresolved()).map((one) => ({ name: one.name, document: one.stored.document }));
  const others = [...known, ...unread].filter((one) => one.name !== name);
  return (id) => others.some(({ document }) => document.includes(JSON.stringify(id)));
}

/** Removes the files that were sent and that no document names any more. */
async function sweepUploads({ store, uploads }: ClearingParts): Promise<void> {
  // What cannot be read may name any of them.
  if ((await store.unresolved()).length > 0) return;
  const documents = (await store.list()).map(({ document }) => document);
  await uploads.sweep((path) => documents.some((document) => document.includes(JSON.stringify(path))));
}

/** The revisions that something tells of. */
function named(
  of: (Partial<Wanted> & Pick<Partial<ReleaseState>, 'to'>) | undefined,
): readonly (RevisionId | undefined)[] {
  return [of?.to, of?.revision, ...Object.values(of?.variants ?? {})];
}

async function neededOf(
  name: string,
  { store, processes }: ClearingParts,
): Promise<ReadonlySet<RevisionId | undefined>> {
  const current = await currentOf(store, name);
  if (current === undefined) return new Set();
  const { status, wanted } = current.stored;
  const releases = await store.releases(name);
  return new Set([
    status.stable,
    status.previous,
    status.release?.from,
    ...[status.release, wanted, status.lastOutcome].flatMap(named),
    ...(status.pendingHooks ?? []).map(({ revision }) => revision),
    ...releases.flatMap(({ from, to }) => [from, to]),
    // On its way out: it goes the next time.
    ...processes.groups(name).map(({ revision }) => revision),
  ]);
}
