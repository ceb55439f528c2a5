import { mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../base/environment.ts';
import { hasCode, isOutOfSpace } from '../../base/errno.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { BUILD_MARK, OWNER_MARK } from '../../base/marks.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { runBuild, type Build } from './build.ts';
import { copyTree, flushTree } from './copy.ts';
import { copyAgain } from './again.ts';
import { digestOfManifest, keepManifest, manifestOf, type Manifest } from './manifest.ts';
import { buildLogOf, complete, environmentOf, throwAway } from './revision.ts';
import { isTarName, unpackTar } from './tar.ts';
import { listTree, refuseEscape, refuseEscapes } from './tree.ts';

const STAGING = '.staging-';

/** A copy that is not a revision yet, and is called by what is in it. */
export interface StagedArtefact extends StagedCopy {
  /** SHA-256 of the copy's contents (not of the source's, which may have changed since). */
  readonly digest: string;
}

/** A copy that is not a revision yet. */
export interface StagedCopy {
  /** Makes it a revision and answers its directory. One that exists already is kept as it is. */
  commit(order: CommitOrder): Promise<string>;
  /** Removes the copy. Safe to repeat, and after a commit. */
  discard(): Promise<void>;
}

/** What a staged copy becomes: which revision, with which environment and build. */
export interface CommitOrder {
  readonly id: RevisionId;
  readonly environment: Environment;
  readonly build?: Build;
  readonly signal: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

/** What to stage, and among which revisions. */
export interface StageOrder {
  readonly source: string;
  readonly root: string;
  readonly dataDir: string;
  /** Whose builds run, for the mark they carry. */
  readonly owner: string;
  /** Commits under way. */
  readonly pinned: Map<RevisionId, Promise<string>>;
}

/** Copies the source next to the revisions. */
export async function stageArtefact(order: StageOrder, signal: AbortSignal): Promise<StagedArtefact> {
  const { source, dataDir } = order;
  const kind = await kindOf(source);
  return stageInto(order, async (dir) => {
    if (kind === 'tar') return unpackTar(source, dir);
    const without = await realpath(dataDir);
    return copyTree({ source: await realpath(source), target: dir, without }, signal);
  });
}

/** Makes an empty place next to the revisions, for one that has no files of its own. */
export function stageNothing(order: Omit<StageOrder, 'source'>): Promise<StagedArtefact> {
  return stageInto({ ...order, source: 'a revision' }, () => Promise.resolve());
}

/** Copies what a revision was when it was made and built, next to the revisions. It needs no build. */
export async function stageAgain(
  id: RevisionId,
  order: Omit<StageOrder, 'source'>,
  signal: AbortSignal,
): Promise<StagedCopy> {
  const { root } = order;
  return stageAs({ ...order, source: id }, (target) => copyAgain({ root, id, target }, signal));
}

function stageInto(order: StageOrder, fill: (dir: string) => Promise<void>): Promise<StagedArtefact> {
  return stageAs(order, async (dir) => {
    await fill(dir);
    const entries = await listTree(dir);
    await refuseEscapes(dir, entries);
    return manifestOf(dir, entries);
  });
}

async function stageAs(
  { source, root, owner, pinned }: StageOrder,
  fill: (dir: string) => Promise<Manifest>,
): Promise<StagedArtefact> {
  const dir = await mkdtemp(join(root, STAGING)).catch((error: unknown) => {
    throw explained(error, source, root);
  });
  const discard = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const manifest = await fill(dir);
    const commit = (by: CommitOrder): Promise<string> =>
      commitOnce({ dir, root, owner, pinned, manifest }, by).finally(discard);
    return { digest: digestOfManifest(manifest), commit, discard };
  } catch (error) {
    await discard();
    throw explained(error, source, root);
  }
}

/** The digest that `stageArtefact` would find. A directory is read where it is; a tar has to be unpacked. */
export async function digestArtefact(order: StageOrder, signal: AbortSignal): Promise<string> {
  const { source, root } = order;
  if ((await kindOf(source)) === 'tar') {
    const staged = await stageArtefact(order, signal);
    await staged.discard();
    return staged.digest;
  }
  try {
    const place = await realpath(source);
    const entries = await listTree(place, await realpath(order.dataDir));
    for (const entry of entries) refuseEscape(entry);
    await refuseEscapes(place, entries);
    signal.throwIfAborted();
    return digestOfManifest(await manifestOf(place, entries));
  } catch (error) {
    throw explained(error, source, root);
  }
}

async function kindOf(source: string): Promise<'directory' | 'tar'> {
  const stats = await stat(source).catch((error: unknown) => {
    throw new Failure('badArtefact', `there is nothing to release at ${source}: ${messageOf(error)}`, {
      hint: 'Give a directory, or a file ending in .tar, .tar.gz or .tgz, as `from`.',
    });
  });
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile() && isTarName(source)) return 'tar';
  throw new Failure('badArtefact', `${source} is neither a directory nor a tar`, {
    hint: 'Give a directory, or a file ending in .tar, .tar.gz or .tgz, as `from`.',
  });
}

interface Staging {
  readonly dir: string;
  readonly root: string;
  readonly owner: string;
  readonly pinned: Map<RevisionId, Promise<string>>;
  /** What is in it before it is built. */
  readonly manifest: Manifest;
}

/** Two that commit the same revision at once get the same one. */
async function commitOnce(staging: Staging, order: CommitOrder): Promise<string> {
  const underWay = staging.pinned.get(order.id);
  if (underWay !== undefined) return underWay;
  const mine = commit(staging, order).catch((error: unknown) => {
    throw explained(error, order.id, staging.root);
  });
  staging.pinned.set(order.id, mine);
  try {
    return await mine;
  } finally {
    staging.pinned.delete(order.id);
  }
}

async function commit(staging: Staging, order: CommitOrder): Promise<string> {
  const { root, dir } = staging;
  const { id, environment, signal, build } = order;
  const target = join(root, id);
  if ((await environmentOf(root, id)) !== undefined && (await isDirectory(target))) return target;
  await throwAway(root, target);
  await rename(dir, target);
  try {
    const logPath = buildLogOf(root, id);
    const output = order.onOutput === undefined ? {} : { onOutput: order.onOutput };
    const marked = { ...environment, [OWNER_MARK]: staging.owner, [BUILD_MARK]: id };
    const site = { cwd: target, environment: marked, logPath, signal, ...output };
    if (build !== undefined) await runBuild(build, site);
    await flushTree(target);
    const built = build === undefined ? staging.manifest : await manifestOf(target, await listTree(target));
    await keepManifest(root, id, built);
    await complete(root, id, environment);
    return target;
  } catch (error) {
    await throwAway(root, target);
    throw error;
  }
}

function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Says what a full disk means and what to do about it. */
function explained(error: unknown, what: string, root: string): unknown {
  if (isOutOfSpace(error)) {
    return new Failure('diskFull', `there is not enough space in ${root} to keep ${what}`, {
      hint: 'Free some space there, or keep fewer releases (`history.keep`), then try again. Nothing was changed.',
      cause: error,
    });
  }
  if (hasCode(error, 'EACCES'))
    return new Failure('badArtefact', `${what} cannot be read as a whole: ${messageOf(error)}`, {
      cause: error,
    });
  return error;
}
