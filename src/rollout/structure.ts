import { closest } from '../base/closest.ts';
import { isJsonObject } from '../base/json.ts';
import type { Finding } from './finding.ts';
import { itemPath, keyPath } from './path.ts';
import { scalarFinding } from './scalar.ts';
import type { OneOf } from './schema/fields.ts';
import { fieldsOf, shapeBelow, type Shape } from './shape.ts';
import { anyOf, kindOf } from './wording.ts';

/** Where the check is: a value, what it must be like, and its path. */
interface Place {
  readonly shape: Shape;
  readonly value: unknown;
  readonly path: string;
}

/** Everything in `value` that the schema does not allow. Never descends further than the schema does. */
export function structureFindings(shape: Shape, value: unknown): readonly Finding[] {
  return findingsAt({ shape, value, path: '' });
}

function findingsAt(place: Place): readonly Finding[] {
  const { shape } = place;
  if (shape.type === 'object') return objectFindings(place);
  if (shape.type === 'array') return listFindings(place);
  const instead = isJsonObject(place.value) ? shape.anyOf?.find((one) => one.type === 'object') : undefined;
  if (instead !== undefined) return objectFindings({ ...place, shape: instead });
  const finding = scalarFinding(shape, place.value, place.path);
  return finding === undefined ? [] : [finding];
}

function objectFindings({ shape, value, path }: Place): readonly Finding[] {
  if (!isJsonObject(value)) return [notAnObject({ shape, value, path })];
  const written = Object.keys(value).filter((key) => value[key] !== undefined);
  const findings: Finding[] = [];
  for (const key of written) findings.push(...fieldFindings({ shape, value: value[key], path }, key));
  for (const key of shape.required ?? []) {
    if (!written.includes(key)) findings.push(missing(shape, path, key));
  }
  for (const rule of shape['x-coalmine-one-of'] ?? []) findings.push(...oneOfFindings(rule, written, path));
  return findings;
}

function fieldFindings({ shape, value, path }: Place, key: string): readonly Finding[] {
  const below = shapeBelow(shape, key);
  if (below === undefined) return [unknownField(shape, path, key)];
  const at = keyPath(path, key);
  const names = shape.propertyNames?.pattern;
  if (names !== undefined && !new RegExp(names).test(key)) {
    const hint = 'use letters, digits and underscores, and do not begin with a digit';
    return [{ path: at, reason: `${JSON.stringify(key)} cannot be a name here`, hint, atKey: true }];
  }
  return findingsAt({ shape: below, value, path: at });
}

function unknownField(shape: Shape, path: string, key: string): Finding {
  const known = Object.keys(shape.properties ?? {});
  const near = closest(key, known);
  return { path: keyPath(path, key), reason: 'unknown field', hint: hintFor(), atKey: true };

  function hintFor(): string {
    if (key === '<<') return 'merge keys are not part of YAML 1.2: write the fields out';
    if (near !== undefined) return `did you mean ${near}?`;
    const deeper = known.find((one) => fieldsOf(shape.properties?.[one] ?? {}).includes(key));
    if (deeper !== undefined) return `it belongs under ${keyPath(path, deeper)}`;
    return known.length === 0 ? 'nothing can be set here: write {}' : `known here: ${known.join(', ')}`;
  }
}

function missing(shape: Shape, path: string, key: string): Finding {
  const wanted = shape.properties?.[key];
  return {
    path: keyPath(path, key),
    reason: 'is required',
    ...(wanted?.description === undefined ? {} : { hint: `${key}: ${wanted.description}` }),
  };
}

function notAnObject({ shape, value, path }: Place): Finding {
  const known = Object.keys(shape.properties ?? {});
  const bare = typeof value === 'string' && known.includes(value) ? value : undefined;
  const reason = `must be an object, but is ${kindOf(value)}`;
  if (bare !== undefined) return { path, reason, hint: `did you mean { ${bare}: {} }?` };
  const hint = known.length === 0 ? 'write {}' : `fields: ${known.join(', ')}`;
  return { path, reason, hint };
}

function oneOfFindings(rule: OneOf, written: readonly string[], path: string): readonly Finding[] {
  const used = rule.of.filter((keys) => keys.some((key) => written.includes(key)));
  const names = rule.of.map((keys) => keys.join('/'));
  if (used.length === 0) {
    return rule.required ? [{ path, reason: `needs one ${rule.what}: ${anyOf(names)}` }] : [];
  }
  if (used.length === 1) return [];
  const chosen = used.flat().filter((key) => written.includes(key));
  return [
    {
      path,
      reason: `has more than one ${rule.what}: ${chosen.join(' and ')}`,
      hint: `keep one of them`,
    },
  ];
}

function listFindings({ shape, value, path }: Place): readonly Finding[] {
  if (!Array.isArray(value)) {
    return [{ path, reason: `must be a list, but is ${kindOf(value)}`, hint: 'write [ … ], or "- …" lines' }];
  }
  if (value.length < (shape.minItems ?? 0)) return [{ path, reason: 'must not be empty' }];
  const most = shape.maxItems ?? Infinity;
  if (value.length > most) return [{ path, reason: `has ${value.length} items; ${most} are the most` }];
  const items: readonly unknown[] = value;
  const { items: itemShape } = shape;
  if (itemShape === undefined) return [];
  const findings = items.flatMap((item, i) =>
    findingsAt({ shape: itemShape, value: item, path: itemPath(path, i) }),
  );
  const keys = shape['x-kubernetes-list-map-keys'] ?? [];
  return [...findings, ...keys.flatMap((key) => repeated(items, key, path))];
}

function repeated(items: readonly unknown[], key: string, path: string): readonly Finding[] {
  const seen = new Map<unknown, number>();
  const findings: Finding[] = [];
  items.forEach((item, i) => {
    const name = isJsonObject(item) ? item[key] : undefined;
    if (typeof name !== 'string') return;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, i);
    else
      findings.push({
        path: keyPath(itemPath(path, i), key),
        reason: `${JSON.stringify(name)} is already the ${key} of ${itemPath(path, first)}`,
      });
  });
  return findings;
}
