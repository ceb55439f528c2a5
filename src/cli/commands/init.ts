import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { hasCode } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { detectProgram } from '../starter/detect.ts';
import { starterDocument } from '../starter/document.ts';

interface InitOptions {
  readonly force?: boolean;
  readonly name?: string;
}

/** `init` */
export function addInit({ program, act }: Cli): void {
  program
    .command('init')
    .description('write a coalmine.yaml for what is in this directory')
    .option('--name <name>', "the Rollout's name; the directory's without it")
    .option('--force', 'overwrite a file that is there')
    .action(
      act<InitOptions>(async (session, { force = false, name }) => {
        const path = session.files?.[0] ?? session.defaultFile;
        const found = await detectProgram(session.io.cwd);
        const text = starterDocument({ name: name ?? nameFrom(session.io.cwd), ...found });
        await write(path, text, force);
        await session.print({ file: path, detected: found.what }, () => [
          `${path}: written for ${found.what}`,
          'next     coalmine validate, then coalmine up',
        ]);
        return 0;
      }),
    );
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    if (!hasCode(cause, 'EEXIST')) throw cause;
    throw new Failure('conflict', `${path} is there already`, {
      hint: '"coalmine init --force" overwrites it.',
      cause,
    });
  }
}

/** A name that a Rollout may have, from a directory's. */
function nameFrom(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name === '' ? 'app' : name;
}
