import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, isMissing } from '../../base/errno.ts';
import { Failure, type Problem } from '../../base/failure.ts';
import { writeDurably } from '../../files/durable-file.ts';
import { unitText, writtenFor, type Unit } from './unit-file.ts';

/** Others than root read units too; systemd says so of those that cannot be read. */
const UNIT_MODE = 0o644;

/** The file of a unit. */
export interface UnitFile {
  readonly name: string;
  readonly path: string;
  /** Its text; absent: there is none. */
  readonly found?: string;
}

/** The file of a unit, and the text that it is to have. */
export interface PlacedUnit extends UnitFile {
  readonly text: string;
}

/** Looks what a directory has of the units of these names. */
export function filesOf(directory: string, names: readonly string[]): Promise<readonly UnitFile[]> {
  return Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const found = await textAt(path);
      return { name, path, ...(found === undefined ? {} : { found }) };
    }),
  );
}

/** Looks what a directory has of these units, and what it should. */
export async function lookAt(
  directory: string,
  units: readonly Unit[],
  dataDir: string,
): Promise<readonly PlacedUnit[]> {
  const files = await filesOf(
    directory,
    units.map(({ name }) => name),
  );
  const texts = new Map(units.map((unit) => [unit.name, unitText(unit, dataDir)]));
  return files.map((file) => ({ ...file, text: texts.get(file.name) ?? '' }));
}

/** Throws Failure `conflict` naming every file that coalmine has not written as it is, for this data directory. */
export function refuseForeign(placed: readonly UnitFile[], dataDir: string): void {
  const problems = placed.flatMap((unit) => problemOf(unit, dataDir) ?? []);
  if (problems.length === 0) return;
  throw new Failure('conflict', 'there are files that are not to be touched', { problems });
}

/** What keeps a file from being replaced or removed. */
export function problemOf({ path, found, name }: UnitFile, dataDir: string): Problem | undefined {
  if (found === undefined) return undefined;
  const written = writtenFor(found);
  if (written === undefined) {
    return { path, reason: 'coalmine has not written it', hint: 'Move it away, if nothing needs it.' };
  }
  if (written.dataDir !== dataDir) {
    return {
      path,
      reason: `it is that of ${written.dataDir}`,
      hint: `Uninstall that one first, or choose it with --data-dir ${written.dataDir}.`,
    };
  }
  if (!written.isChanged) return undefined;
  return {
    path,
    reason: 'somebody has changed it',
    hint: `Move the changes into a drop-in ("systemctl edit ${name}"), then remove the file.`,
  };
}

/** Writes what differs. */
export async function place(placed: readonly PlacedUnit[]): Promise<void> {
  for (const { path, text, found } of placed) {
    if (found === text) continue;
    await permitted(path, async () => {
      await writeDurably(path, text);
      await chmod(path, UNIT_MODE);
    });
  }
}

/** Removes these. */
export async function remove(placed: readonly UnitFile[]): Promise<void> {
  for (const { path } of placed) await permitted(path, () => rm(path, { force: true }));
}

async function textAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw denied(error, path);
  }
}

async function permitted(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw denied(error, path);
  }
}

function denied(error: unknown, path: string): unknown {
  if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return error;
  return new Failure('notPermitted', `${path} may not be changed by this user`, {
    hint: 'Use sudo, or install it for yourself alone with --user.',
    cause: error,
  });
}
