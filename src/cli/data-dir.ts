import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const NAME = '.coalmine';

/** What may name the data directory. */
export interface DataDirWishes {
  /** `--data-dir`. */
  readonly flag: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/**
 * The data directory: as told, else the nearest `.coalmine` of the working directory and those above it, as
 * git looks for its own, else one to be made here.
 */
export function dataDirOf({ flag, env, cwd }: DataDirWishes): string {
  const told = flag ?? env['COALMINE_DATA_DIR'] ?? '';
  if (told !== '') return resolve(cwd, told);
  for (let dir = cwd; ; dir = dirname(dir)) {
    const candidate = join(dir, NAME);
    if (statSync(candidate, { throwIfNoEntry: false })?.isDirectory() === true) return candidate;
    if (dirname(dir) === dir) return join(cwd, NAME);
  }
}
