import { resolve } from 'node:path';
import { NOTIFY_SECRETS } from '../rollout/notify-secrets.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

/** Where documents hold paths; `*` stands for every item of a list. */
const PATHS: readonly (readonly string[])[] = [
  ['spec', 'workload', 'process', 'from'],
  ['spec', 'workload', 'process', 'from', 'live'],
  ['spec', 'workload', 'process', 'envFiles', '*'],
  ['spec', 'workload', 'container', 'envFiles', '*'],
  ['spec', 'traffic', 'gateway', 'tls', 'files', 'certificate'],
  ['spec', 'traffic', 'gateway', 'tls', 'files', 'key'],
  ['spec', 'traffic', 'gateway', 'tls', 'acme', 'ca'],
  ['spec', 'traffic', 'gateway', 'accessLog', 'file', 'path'],
  ['spec', 'sources', '*', 'prometheus', 'auth', 'bearer', 'file'],
  ['spec', 'sources', '*', 'prometheus', 'auth', 'basic', 'password', 'file'],
  ...['gates', 'hooks'].flatMap((list) => [
    ['spec', list, '*', 'webhook', 'auth', 'bearer', 'file'],
    ['spec', list, '*', 'webhook', 'auth', 'basic', 'password', 'file'],
    ['spec', list, '*', 'webhook', 'sign', 'secret', 'file'],
  ]),
  ...NOTIFY_SECRETS.map((path) => ['spec', 'notify', '*', ...path, 'file']),
  ...['ca', 'cert', 'key'].map((file) => ['spec', 'sources', '*', 'prometheus', 'tls', file]),
];

/**
 * The document with its paths made absolute, relative to the directory of its file: whoever gets the document next
 * has another working directory.
 */
export function absolutePaths(document: JsonObject, directory: string): JsonObject {
  return mapPaths(document, (written) => resolve(directory, written));
}

/** The document with its paths replaced; `field` says where one is, as in `spec.workload.process.from`. */
export function mapPaths(
  document: JsonObject,
  replace: (written: string, field: string) => string,
): JsonObject {
  return PATHS.reduce<JsonObject>((changed, path) => {
    const field = path.filter((key) => key !== '*').join('.');
    const next = at(changed, path, (value) => (typeof value === 'string' ? replace(value, field) : value));
    return isJsonObject(next) ? next : changed;
  }, document);
}

/** A copy with what is deep inside changed; the same when nothing is there. */
function at(value: Json, [key, ...rest]: readonly string[], change: (value: Json) => Json): Json {
  if (key === undefined) return change(value);
  if (key === '*') {
    return Array.isArray(value) ? (value as readonly Json[]).map((item) => at(item, rest, change)) : value;
  }
  const inside = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(value) && inside !== undefined ? { ...value, [key]: at(inside, rest, change) } : value;
}
