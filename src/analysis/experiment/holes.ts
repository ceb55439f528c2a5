import { isJsonObject } from '../../base/json.ts';

/** True for what JSON or arithmetic writes in place of a number that is none. */
export function isHole(value: unknown): boolean {
  return value === null || (typeof value === 'number' && !Number.isFinite(value));
}

/** The data with 0 in place of every hole, so that their form can be checked by itself; tells where holes are. */
export function withoutHoles(data: unknown, at: string, holes: string[]): unknown {
  if (isHole(data)) {
    holes.push(at);
    return 0;
  }
  if (Array.isArray(data)) return data.map((value, index) => withoutHoles(value, `${at}[${index}]`, holes));
  if (!isJsonObject(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, withoutHoles(value, `${at}.${key}`, holes)]),
  );
}
