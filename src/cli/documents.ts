import { dirname } from 'node:path';
import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Session } from './session.ts';

/** A Rollout as a file declares it. */
export interface Declared {
  readonly rollout: Rollout;
  /** As written, its paths absolute: who gets it works in another directory. */
  readonly document: JsonObject;
  readonly file: string;
}

/** Every Rollout of the files, checked; throws Failure `invalidSpec` with all that is wrong. */
export async function readDeclared(files: readonly string[]): Promise<readonly Declared[]> {
  const { absolutePaths, readRollouts } = await import('./reading.ts');
  const declared: Declared[] = [];
  for (const file of files) {
    for (const { rollout, document } of await readRollouts(file)) {
      declared.push({ rollout, document: absolutePaths(document, dirname(file)), file });
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

/** The files a command works on: those named, else those of `--file`, else coalmine.yaml. */
export function filesFor(session: Session, named: readonly string[]): readonly string[] {
  if (named.length > 0) return named.map((file) => session.path(file));
  return session.files ?? [session.defaultFile];
}
