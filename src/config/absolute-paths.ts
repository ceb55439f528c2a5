import { resolve } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

/**
 * The document with the paths of `workload.process` (`from`, `envFiles`) made absolute, relative to the
 * directory of its file: whoever gets the document next has another working directory.
 */
export function absolutePaths(document: JsonObject, directory: string): JsonObject {
  return at(document, ['spec', 'workload', 'process'], (process) => {
    if (!isJsonObject(process)) return process;
    const { from, envFiles } = process;
    return {
      ...process,
      ...(from === undefined ? {} : { from: absoluteFrom(from, directory) }),
      ...(Array.isArray(envFiles)
        ? { envFiles: (envFiles as readonly Json[]).map((file) => absolute(file, directory)) }
        : {}),
    };
  });
}

function absoluteFrom(from: Json, directory: string): Json {
  if (!isJsonObject(from)) return absolute(from, directory);
  return from['live'] === undefined ? from : { ...from, live: absolute(from['live'], directory) };
}

function absolute(path: Json, directory: string): Json {
  return typeof path === 'string' ? resolve(directory, path) : path;
}

/** A copy with one value deep inside changed; the same when there is no such value. */
function at(object: JsonObject, keys: readonly string[], change: (value: Json) => Json): JsonObject {
  const [key, ...rest] = keys;
  const value = key === undefined ? undefined : object[key];
  if (key === undefined || value === undefined) return object;
  if (rest.length === 0) return { ...object, [key]: change(value) };
  return isJsonObject(value) ? { ...object, [key]: at(value, rest, change) } : object;
}
