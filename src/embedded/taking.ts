import { Failure } from '../base/failure.ts';
import type { Json } from '../base/json.ts';
import type { ReleaseRequest } from '../api/resources.ts';
import { unknownRollout } from '../controller/controller.ts';
import { undoTarget } from '../engine/undo.ts';
import type { FromRollout, RevisionId, Rollout } from '../rollout/model.ts';
import { artefactOf, builtArtefactOf, isSameBuilt, type BuiltArtefact } from '../rollout/revision.ts';
import type { StateStore } from '../store/queries.ts';
import type { StoredRevision } from '../store/rows/revision.ts';
import { currentOf, type Current } from './current.ts';

/** Where the revisions of other Rollouts are known. */
export type TakingStore = Pick<
  StateStore,
  'get' | 'unresolved' | 'getRevision' | 'listRevisions' | 'releases'
>;

/**
 * The revision of another Rollout that a release is asked to be made of; undefined when it is asked for nothing of the
 * kind. Throws Failure for one that is not kept, or was never trusted there unless somebody insists.
 */
export async function takenFor(
  { from, fromRollout: rollout, revision: to, insist = false }: ReleaseRequest,
  store: TakingStore,
): Promise<StoredRevision | undefined> {
  if (rollout === undefined && to === undefined) return undefined;
  if (rollout === undefined || from !== undefined) {
    throw new Failure('usage', 'a release is made of files, or of what another Rollout runs', {
      hint: 'give either --from, or --from-rollout and with it --revision',
    });
  }
  if (to === undefined) return stableOf(rollout, store);
  const current = await currentOf(store, rollout);
  if (current === undefined) throw unknownRollout(rollout);
  const { status } = current.stored;
  const kept = await store.listRevisions(rollout);
  const isKept = (id: string): boolean => kept.some((one) => one.id === id);
  const ways = { status, releases: await store.releases(rollout), isKept };
  return keptOf({ rollout, revision: undoTarget({ to, insist }, ways) }, store);
}

/** The fields of what runs that make a Rollout run the revision of another. Throws Failure `usage` when it cannot. */
export function takenFields(
  { rollout, id, template }: StoredRevision,
  { name, workload: { kind } }: Rollout,
): readonly (readonly [field: string, value: Json])[] {
  const image = template['kind'] === 'container' ? artefactOf(template) : undefined;
  if (kind === 'container' && image !== undefined) return [['image', image]];
  if (kind === 'process' && image === undefined) return [['from', { rollout, revision: id }]];
  throw new Failure('usage', `${name} and ${rollout} do not run the same kind of workload`, {
    hint: 'a process takes the artefact of processes, and a container the image of containers',
  });
}

/** What a Rollout takes from another, as it is kept. Throws Failure when there is no such thing. */
export async function builtBy(from: FromRollout, store: TakingStore): Promise<BuiltArtefact> {
  const { rollout, revision } = from;
  const { id, template } =
    revision === undefined ? await stableOf(rollout, store) : await keptOf({ rollout, revision }, store);
  const built = builtArtefactOf(id, template);
  if (built !== undefined) return built;
  throw new Failure('usage', `${id} of ${rollout} has no files of its own that another Rollout could run`, {
    hint: 'only what a process runs that is not a live directory is copied, and can be taken from there',
  });
}

/** True when what another Rollout runs is to be released here now: it is not what is wanted here, and was not rejected. */
export async function isBehind({ stored, rollout }: Current, store: TakingStore): Promise<boolean> {
  if (rollout instanceof Failure || stored.deleting) return false;
  const source = followed(rollout);
  if (source === undefined) return false;
  const other = await currentOf(store, source);
  if (other?.stored.status.stable === undefined || other.stored.deleting) return false;
  const built = await builtBy({ rollout: source }, store);
  const files = await Promise.all(settledIn(stored).map((id) => filesOf(rollout.name, id, store)));
  return !files.some((one) => one !== undefined && isSameBuilt(one, built));
}

/** What is wanted already, and what is not to be tried again. */
function settledIn({ wanted, status }: Current['stored']): readonly RevisionId[] {
  // What is undone is rejected only once that is over.
  const undone = wanted?.mode === 'direct' ? status.stable : undefined;
  return [wanted?.revision, undone, ...status.rejected].filter((id) => id !== undefined);
}

async function filesOf(
  rollout: string,
  id: RevisionId,
  store: TakingStore,
): Promise<BuiltArtefact | undefined> {
  const kept = await store.getRevision(rollout, id);
  return kept === undefined ? undefined : builtArtefactOf(kept.id, kept.template);
}

/** The Rollout whose stable version is released here by itself; undefined: none. */
export function followed({ workload }: Rollout): string | undefined {
  if (workload.kind !== 'process' || !('rollout' in workload.from)) return undefined;
  return workload.from.revision === undefined ? workload.from.rollout : undefined;
}

async function stableOf(rollout: string, store: TakingStore): Promise<StoredRevision> {
  const current = await currentOf(store, rollout);
  if (current === undefined) throw unknownRollout(rollout);
  const { stable: revision } = current.stored.status;
  if (revision !== undefined) return keptOf({ rollout, revision }, store);
  throw new Failure('conflict', `${rollout} runs nothing yet that could be released elsewhere`, {
    hint: `do this again once it does: "coalmine wait ${rollout}"; "coalmine apply --wait" takes one after the other`,
  });
}

async function keptOf(
  { rollout, revision }: Required<FromRollout>,
  store: TakingStore,
): Promise<StoredRevision> {
  const kept = await store.getRevision(rollout, revision);
  if (kept !== undefined) return kept;
  const known = (await store.listRevisions(rollout)).map(({ id }) => id);
  throw new Failure('notFound', `nothing of revision ${revision} of ${rollout} is kept`, {
    hint: known.length === 0 ? `there is nothing of ${rollout}` : `there are ${known.join(', ')}`,
  });
}
