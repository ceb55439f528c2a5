import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../base/environment.ts';
import { isMissing } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { isDraft, syncDirectory, writeDurably } from '../../files/durable-file.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { manifestOwner, manifestPath } from './manifest.ts';

const TRASH = '.trash-';
const ENVIRONMENT = '.env.json';
const BUILD_LOG = '.build.log';

/** Where a revision's build log is. */
export function buildLogOf(root: string, id: RevisionId): string {
  return join(root, `${id}${BUILD_LOG}`);
}

/** Makes the directory `<root>/<id>` a revision. */
export async function complete(root: string, id: RevisionId, environment: Environment): Promise<void> {
  await writeDurably(join(root, `${id}${ENVIRONMENT}`), JSON.stringify(environment));
}

/** A revision's environment; undefined when there is no such revision. */
export async function environmentOf(root: string, id: RevisionId): Promise<Environment | undefined> {
  const path = join(root, `${id}${ENVIRONMENT}`);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const value: unknown = parseJson(text);
  if (isEnvironment(value)) return value;
  throw new Failure('storeUnusable', `${path} does not hold an environment`, {
    hint: 'Restore it from a backup, or remove it and release the revision again.',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEnvironment(value: unknown): value is Environment {
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string');
}

/** The revisions that are whole. */
export async function listRevisions(root: string): Promise<readonly RevisionId[]> {
  const names = (await readdir(root)).filter((name) => name.endsWith(ENVIRONMENT) && !isDraft(name));
  return names.map((name) => name.slice(0, -ENVIRONMENT.length) as RevisionId).sort();
}

/** Removes all that is kept of a revision. */
export async function removeRevision(root: string, id: RevisionId): Promise<void> {
  await rm(join(root, `${id}${ENVIRONMENT}`), { force: true });
  await syncDirectory(root);
  await throwAway(root, join(root, id));
  await rm(manifestPath(root, id), { force: true });
  await rm(buildLogOf(root, id), { force: true });
}

/** Out of the way in one step, then piece by piece. */
export async function throwAway(root: string, path: string): Promise<void> {
  const trash = join(root, TRASH + randomUUID());
  try {
    await rename(path, trash);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  await rm(trash, { recursive: true, force: true });
}

/** Removes the logs of builds that made no revision, but for the newest `keep` and those that are `needed`. */
export async function removeFailedLogs(
  root: string,
  keep: number,
  isNeeded: (id: RevisionId) => boolean,
): Promise<void> {
  const whole = new Set<string>(await listRevisions(root));
  const failed = (await readdir(root)).filter((name) => {
    const id = name.slice(0, -BUILD_LOG.length) as RevisionId;
    return name.endsWith(BUILD_LOG) && !whole.has(id) && !isNeeded(id);
  });
  const dated = await Promise.all(
    failed.map(async (name) => ({ name, writtenAt: (await stat(join(root, name))).mtimeMs })),
  );
  dated.sort((a, b) => b.writtenAt - a.writtenAt);
  for (const { name } of dated.slice(keep)) await rm(join(root, name), { force: true });
}

/** Removes what attempts that were cut short have left. */
export async function removeRemains(root: string): Promise<void> {
  const whole = new Set<string>(await listRevisions(root));
  for (const item of await readdir(root, { withFileTypes: true })) {
    const owner = item.isDirectory() ? item.name : manifestOwner(item.name);
    const remains = owner === undefined ? isDraft(item.name) : !whole.has(owner);
    if (remains) await rm(join(root, item.name), { recursive: true, force: true });
  }
}
