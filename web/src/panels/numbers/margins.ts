import { isJsonObject, type JsonObject } from '../../../../src/client/browser.ts';
import type { Margins } from './effect-scale.ts';

/** The limits of each check, by its name, as far as the document says them as ratios to stable. */
export function marginsIn(document: JsonObject): ReadonlyMap<string, Margins> {
  const analysis = objectIn(objectIn(document, 'spec'), 'analysis');
  const checks = analysis?.['checks'];
  if (!Array.isArray(checks)) return new Map();
  return new Map(
    checks.filter(isJsonObject).flatMap((check) => {
      const { name } = check;
      return typeof name === 'string' ? [[name, marginsOf(check)] as const] : [];
    }),
  );
}

/** An objective is burnt at its limit when the burn rate is 1. */
function marginsOf({ worseBy, safe, slo, worse }: JsonObject): Margins {
  const worsened = typeof worseBy === 'string' ? numberBefore(worseBy, '%') : undefined;
  const times = typeof safe === 'string' ? numberBefore(safe, 'x') : undefined;
  const limit = worsened === undefined ? (slo === undefined ? undefined : 1) : 1 + worsened / 100;
  const towards = (ratio: number): number => (worse === 'lower' ? 1 / ratio : ratio);
  return {
    ...(limit === undefined ? {} : { limit: towards(limit) }),
    ...(times === undefined ? {} : { safe: towards(times) }),
  };
}

function numberBefore(text: string, unit: string): number | undefined {
  const number = text.endsWith(unit) ? Number(text.slice(0, -unit.length)) : NaN;
  return Number.isFinite(number) ? number : undefined;
}

function objectIn(object: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = object?.[key];
  return isJsonObject(value) ? value : undefined;
}
