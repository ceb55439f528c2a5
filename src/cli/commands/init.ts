import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { hasCode } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import type { Session } from '../session.ts';
import { detectProgram } from '../starter/detect.ts';
import { starterDocument } from '../starter/document.ts';
import { nameFrom } from '../starter/name.ts';
import { starterProgram, typescriptOf } from '../starter/typescript.ts';

interface InitOptions {
  readonly env?: string;
  readonly force?: boolean;
  readonly from?: string;
  readonly name?: string;
  readonly typescript?: boolean;
}

/** `init` */
export function addInit({ program, act }: Cli): void {
  program
    .command('init')
    .description('write a coalmine.yaml for what is in this directory')
    .option('--name <name>', "the Rollout's name; the directory's without it")
    .option('--typescript', 'write a coalmine.ts instead, checked by your editor as you type')
    .option('--from <file>', 'take over a Procfile, or an ecosystem file of PM2')
    .option('--env <name>', 'the environment of the ecosystem file to take over, as with pm2 --env')
    .option('--force', 'overwrite a file that is there')
    .action(
      act<InitOptions>(async (session, options) => {
        const { force = false, typescript = false } = options;
        const path = session.files?.[0] ?? session.path(typescript ? 'coalmine.ts' : 'coalmine.yaml');
        const { text, what, notRun } = await textFor(session, options, path);
        await write(path, text, force);
        const left = notRun === undefined ? {} : { notTakenOver: notRun };
        await session.print({ file: path, detected: what, ...left }, () => [
          `${path}: written for ${what}`,
          ...(notRun === undefined ? [] : insteadLines(notRun, typescript)),
          'next     coalmine validate, then coalmine up',
        ]);
        return 0;
      }),
    );
}

/** What is written, and for what. */
interface Written {
  readonly text: string;
  readonly what: string;
  /** What was not taken over, since it would have to be run for that. */
  readonly notRun?: string;
}

function insteadLines(program: string, typescript: boolean): readonly string[] {
  const alike = typescript ? ' --typescript' : '';
  return [
    `${program} was not taken over: it is a program, and is run only when it is named`,
    `instead  coalmine init --force${alike} --from ${program}`,
  ];
}

async function textFor(session: Session, options: InitOptions, path: string): Promise<Written> {
  const { findImport } = await import('../starter/import/import.ts');
  const found = options.from === undefined ? await findImport(session.io.cwd) : { file: options.from };
  if (found.file !== undefined) return importedText(session, options, { from: found.file, path });
  if (options.env !== undefined) {
    throw new Failure('usage', '--env goes with an ecosystem file', { hint: 'name it with --from' });
  }
  const detected = await detectProgram(session.io.cwd);
  const starter = { name: options.name ?? nameFrom(basename(session.io.cwd)), ...detected };
  return {
    text: options.typescript === true ? starterProgram(starter) : starterDocument(starter),
    what: detected.what,
    ...(found.program === undefined ? {} : { notRun: found.program }),
  };
}

async function importedText(
  session: Session,
  { name, env, typescript }: InitOptions,
  { from, path }: { readonly from: string; readonly path: string },
): Promise<Written> {
  const { importRollouts } = await import('../starter/import/import.ts');
  const declared = await importRollouts(session, {
    from: session.path(from),
    to: path,
    ...(name === undefined ? {} : { name }),
    ...(env === undefined ? {} : { environment: env }),
  });
  const what = `${declared.length === 1 ? '1 Rollout' : `${declared.length} Rollouts`} taken over from ${from}`;
  if (typescript === true) return { text: typescriptOf(declared), what };
  const { yamlOf } = await import('../starter/yaml.ts');
  return { text: yamlOf(declared, [`Taken over from ${from} by coalmine init.`]), what };
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
