import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { isSameJson } from '../../base/same-json.ts';

/** What has to be said to make `current` be `wanted` (RFC 7396): nothing but the differences; undefined: nothing at all. */
export function mergePatchOf(current: JsonObject, wanted: JsonObject): JsonObject | undefined {
  const patch: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(current), ...Object.keys(wanted)])) {
    const [is, should] = [current[key], wanted[key]];
    if (isSameJson(is, should)) continue;
    if (should === undefined) patch[key] = null;
    else patch[key] = isJsonObject(is) && isJsonObject(should) ? (mergePatchOf(is, should) ?? {}) : should;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
