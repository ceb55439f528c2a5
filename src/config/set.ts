import { parseDocument } from 'yaml';
import { closest } from '../base/closest.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { parsePath, type Segments } from '../rollout/path.ts';
import { ROLLOUT_SHAPE } from '../rollout/resolve/rollout.ts';
import { fieldsOf, shapeBelow, type Shape } from '../rollout/shape.ts';

/** One setting on its way into a document. */
interface Setting {
  readonly written: string;
  readonly path: Segments;
  readonly value: Json;
}

/**
 * The document with settings such as `workload.process.replicas=4` made, in order. Paths are relative to `spec`
 * unless they begin at the top (`metadata.labels.team=shop`). Where a text belongs the value is taken as it
 * stands; elsewhere it is read as YAML. Throws Failure `usage` for a path or value that cannot be; whether the
 * whole is valid is for `resolveRollout` to say.
 */
export function withSet(document: JsonObject, settings: readonly string[]): JsonObject {
  let result = document;
  for (const written of settings) {
    const changed = placed(result, parseSetting(written), 0);
    if (isJsonObject(changed)) result = changed;
  }
  return result;
}

function parseSetting(written: string): Setting {
  const equals = written.indexOf('=');
  const path = equals < 1 ? undefined : parsePath(written.slice(0, equals));
  const [first] = path ?? [];
  if (path === undefined || first === undefined) {
    throw new Failure('usage', `--set ${nameOf(written)}: must be path=value`, {
      hint: 'as in --set workload.process.replicas=4',
    });
  }
  const full = fieldsOf(ROLLOUT_SHAPE).includes(String(first)) ? path : ['spec', ...path];
  return { written, path: full, value: readValue(written, shapeAt(full, written), equals) };
}

function shapeAt(path: Segments, written: string): Shape {
  let shape = ROLLOUT_SHAPE;
  path.forEach((segment, i) => {
    const below = shapeBelow(shape, segment);
    if (below === undefined) throw unknownPath(written, shape, { path, at: i });
    shape = below;
  });
  return shape;
}

function unknownPath(written: string, shape: Shape, where: { path: Segments; at: number }): Failure {
  const segment = where.path[where.at] ?? '';
  const parent = where.path.slice(0, where.at).join('.');
  const known = fieldsOf(shape);
  const near = closest(String(segment), known);
  const list = shape.items === undefined ? `known here: ${known.join(', ')}` : 'name an item, as in [0]';
  return new Failure('usage', `--set ${nameOf(written)}: ${parent} has no field ${String(segment)}`, {
    hint: near === undefined ? list : `did you mean ${near}?`,
  });
}

/** The setting without its value, which may be secret. */
function nameOf(written: string): string {
  const equals = written.indexOf('=');
  return equals < 0 ? written : written.slice(0, equals);
}

function readValue(written: string, shape: Shape, equals: number): Json {
  const text = written.slice(equals + 1);
  if (shape.type === 'string') return text;
  if (shape.anyOf !== undefined && !text.startsWith('{')) return /^\d{1,9}$/.test(text) ? Number(text) : text;
  try {
    const parsed = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
    const [error] = parsed.errors;
    if (error !== undefined) throw error;
    return parsed.toJS({ maxAliasCount: 0 }) as Json;
  } catch (error) {
    throw new Failure('usage', `--set ${nameOf(written)}: the value is not YAML: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A copy of `value` with the setting made below it, from the given depth of its path on. */
function placed(value: Json | undefined, setting: Setting, depth: number): Json {
  const segment = setting.path[depth];
  if (segment === undefined) return setting.value;
  if (typeof segment === 'string') {
    const object = isJsonObject(value) ? value : {};
    const before = Object.hasOwn(object, segment) ? object[segment] : undefined;
    return { ...object, [segment]: placed(before, setting, depth + 1) };
  }
  const list: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [];
  if (segment >= list.length) {
    throw new Failure('usage', `--set ${nameOf(setting.written)}: there is no item ${segment}`, {
      hint: `the list has ${list.length}; set it as a whole, as in path=[a, b]`,
    });
  }
  return list.map((item, i) => (i === segment ? placed(item, setting, depth + 1) : item));
}
