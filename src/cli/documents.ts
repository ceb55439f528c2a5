import { dirname, resolve } from 'node:path';
import { Failure } from '../base/failure.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
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
  const { readRollouts } = await import('../config/read.ts');
  const declared: Declared[] = [];
  for (const file of files) {
    for (const { rollout, document } of await readRollouts(file)) {
      declared.push({ rollout, document: withAbsolutePaths(document, dirname(file)), file });
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

/** The document with the paths of its process workload relative to `dir` made absolute. */
export function withAbsolutePaths(document: JsonObject, dir: string): JsonObject {
  return changed(document, ['spec', 'workload', 'process'], (written) => {
    if (!isJsonObject(written)) return written;
    const { from, envFiles } = written;
    return {
      ...written,
      ...(from === undefined ? {} : { from: absoluteSource(from, dir) }),
      ...(Array.isArray(envFiles) ? { envFiles: envFiles.map((file: Json) => absolute(file, dir)) } : {}),
    };
  });
}

function absoluteSource(from: Json, dir: string): Json {
  if (!isJsonObject(from)) return absolute(from, dir);
  return from['live'] === undefined ? from : { ...from, live: absolute(from['live'], dir) };
}

/** A git ref is no path. */
function absolute(path: Json, dir: string): Json {
  return typeof path === 'string' && !path.startsWith('git:') ? resolve(dir, path) : path;
}

/** The document with what is at `path` replaced; as it was when there is nothing. */
function changed(document: JsonObject, path: readonly string[], change: (value: Json) => Json): JsonObject {
  const [key, ...rest] = path;
  const value = key === undefined ? undefined : document[key];
  if (key === undefined || value === undefined) return document;
  if (rest.length === 0) return { ...document, [key]: change(value) };
  return isJsonObject(value) ? { ...document, [key]: changed(value, rest, change) } : document;
}
