import type { RevisionId } from '../rollout/model.ts';
import type { StateStore } from '../store/queries.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { currentOf } from './current.ts';
import type { RevisionCatalogue } from './revision-catalogue.ts';

/** What clearing away works on. */
export interface ClearingParts {
  readonly store: StateStore;
  readonly catalogue: RevisionCatalogue;
  readonly processes: Pick<Supervisor, 'groups' | 'removeLogs'>;
}

/**
 * Removes the revisions of a Rollout, with artefacts and logs, that neither runs, history nor a way back needs
 * any more: all of them when the Rollout is gone. Safe to repeat, and after it was cut short.
 */
export async function removeUnused(name: string, parts: ClearingParts): Promise<void> {
  const { store, catalogue, processes } = parts;
  await catalogue.alone(async () => {
    const needed = await neededOf(name, parts);
    for (const { id } of await store.listRevisions(name)) {
      if (needed.has(id)) continue;
      // The row last: it is what tells that there is something to remove.
      await processes.removeLogs({ rollout: name, revision: id });
      await catalogue.drop(name, id);
    }
    await catalogue.sweep();
  });
}

/** Removes what was left of Rollouts whose end was cut short, and artefacts that were never declared. */
export async function removeAbandoned(parts: ClearingParts): Promise<void> {
  const names = new Set((await parts.store.listRevisions()).map(({ rollout }) => rollout));
  for (const name of names) await removeUnused(name, parts);
  await parts.catalogue.alone(() => parts.catalogue.sweep());
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
    status.release?.to,
    wanted?.revision,
    ...releases.flatMap(({ from, to }) => [from, to]),
    // On its way out: it goes the next time.
    ...processes.groups(name).map(({ revision }) => revision),
  ]);
}
