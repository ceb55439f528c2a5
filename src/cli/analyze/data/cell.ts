import type { Json } from '../../../base/json.ts';

/** What a cell says: a number, nothing (NaN), or undefined when it is neither. */
export function numberIn(cell: Json | undefined): number | undefined {
  if (cell === undefined || cell === null) return NaN;
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  return typeof cell === 'string' ? numberWritten(cell.trim()) : undefined;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NOTHING = /^(|nan|null|none|na|n\/a)$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

function numberWritten(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  if (NOTHING.test(text)) return NaN;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true' ? 1 : 0;
  const sign = INFINITE.exec(text)?.[1];
  if (sign === undefined) return undefined;
  return sign === '-' ? -Infinity : Infinity;
}
