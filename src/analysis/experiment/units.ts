import { isJsonObject } from '../../base/json.ts';
import { notACount } from './data.ts';
import type { Arms } from './means.ts';
import type { ArmData } from './request.ts';

/** How a list is counted: one unit for each item, or as many as the items say. */
export type ListOf = 'values' | 'counts';

/** How many units each arm has, 0 for a silent one; undefined where the data do not say. */
export function unitsOf({ control, candidate }: ArmData, listOf: ListOf): Arms<number> | undefined {
  const [here, there] = [unitsIn(control, listOf), unitsIn(candidate, listOf)];
  if (here === undefined || there === undefined) return undefined;
  return { control: here, candidate: there };
}

function unitsIn(data: unknown, listOf: ListOf): number | undefined {
  if (data === undefined || data === null) return 0;
  if (Array.isArray(data)) return listOf === 'values' ? data.length : sumOf(data);
  if (isJsonObject(data)) return Array.isArray(data.y) ? data.y.length : asCount(data.trials ?? data.n);
  return asCount(data);
}

function sumOf(counts: readonly unknown[]): number | undefined {
  return counts.reduce<number | undefined>((sum, value) => {
    const count = asCount(value);
    return sum === undefined || count === undefined ? undefined : sum + count;
  }, 0);
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && notACount(value, '') === undefined ? value : undefined;
}
