import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';

/** What fits on the rest of a line stays on it. */
const WIDTH = 80;

/** JSON data as people write them in TypeScript. */
export function literal(value: Json, indent = ''): string {
  const line = inOneLine(value);
  if (indent.length + line.length <= WIDTH && !isNested(value)) return line;
  const inside = `${indent}  `;
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => `${inside}${literal(item, inside)},\n`);
    return `[\n${items.join('')}${indent}]`;
  }
  if (!isJsonObject(value)) return line;
  const fields = fieldsOf(value).map(
    ([key, field]) => `${inside}${keyOf(key)}: ${literal(field, inside)},\n`,
  );
  return `{\n${fields.join('')}${indent}}`;
}

/** More than one object deep: easier to read on several lines. */
function isNested(value: Json): boolean {
  const inside = Array.isArray(value)
    ? (value as readonly Json[])
    : fieldsOf(value).map(([, field]) => field);
  return inside.some((one) => isJsonObject(one) && fieldsOf(one).some(([, field]) => isJsonObject(field)));
}

function inOneLine(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(inOneLine).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = fieldsOf(value).map(([key, field]) => `${keyOf(key)}: ${inOneLine(field)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function fieldsOf(value: Json | JsonObject): readonly (readonly [string, Json])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    field === undefined ? [] : [[key, field] as const],
  );
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
