import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { ProgramOptions } from '../config/program.ts';
import type { DeclaredRollout } from '../config/read.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Session } from './session.ts';

/** A Rollout as a file declares it. */
export interface Declared {
  readonly rollout: Rollout;
  /** As written, its paths absolute: who gets it works in another directory. */
  readonly document: JsonObject;
  /** Exactly as written. */
  readonly written: JsonObject;
  readonly file: string;
}

/** Every Rollout of the files, checked; throws Failure `invalidSpec` with all that is wrong. */
export async function readDeclared(session: Session, files: readonly string[]): Promise<readonly Declared[]> {
  const { absolutePaths } = await import('./reading.ts');
  const declared: Declared[] = [];
  for (const file of files) {
    for (const { rollout, document } of await readNamed(session, file)) {
      declared.push({
        rollout,
        document: absolutePaths(document, dirname(file)),
        written: document,
        file,
      });
    }
  }
  const names = declared.map(({ rollout }) => rollout.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Failure('invalidSpec', `${twice} is declared twice in ${files.join(', ')}`, {
      hint: 'Give each Rollout a name of its own.',
    });
  }
  return declared;
}

/** The Rollouts of a file that the user named, or that has a usual name: it is run, if it is a program. */
export async function readNamed(session: Session, file: string): Promise<readonly DeclaredRollout[]> {
  const { isProgramFile, readRollouts, runRollouts } = await import('./reading.ts');
  if (!isProgramFile(file)) return readRollouts(file);
  return runRollouts(file, programOptions(session));
}

/** How a file is run for a command: what it prints goes beside the answer. */
export function programOptions(session: Session): ProgramOptions {
  return {
    worker: new URL('../config/program-worker.js', import.meta.url),
    env: session.io.env,
    signal: session.io.interrupted,
    onOutput: (text) => {
      session.remark(text.replace(/\n$/, ''));
    },
  };
}

/** The files a command works on: those named, else those of `--file`, else the one with a usual name. */
export async function filesFor(session: Session, named: readonly string[]): Promise<readonly string[]> {
  if (named.length > 0) return named.map((file) => session.path(file));
  return session.files ?? [await usualFile(session)];
}

/** The file of a usual name that is here; coalmine.yaml when there is none. Throws Failure `usage` for several. */
export async function usualFile(session: Session): Promise<string> {
  return (await usualFileHere(session)) ?? session.path('coalmine.yaml');
}

/** The file of a usual name that is here; undefined when there is none. Throws Failure `usage` for several. */
export async function usualFileHere(session: Session): Promise<string | undefined> {
  const { USUAL_FILES } = await import('./reading.ts');
  const here = new Set(await readdir(session.io.cwd));
  const [first, second] = USUAL_FILES.filter((name) => here.has(name));
  if (first === undefined || second === undefined) return first === undefined ? first : session.path(first);
  throw new Failure('usage', `both ${first} and ${second} are here`, {
    hint: 'say which with --file, or keep one of them',
  });
}
