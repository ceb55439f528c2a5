import type { Json } from '../../base/json.ts';

const WORDS: ReadonlyMap<string, number> = new Map([
  ['+Inf', Infinity],
  ['Inf', Infinity],
  ['-Inf', -Infinity],
  ['NaN', NaN],
]);

/** A number as Prometheus writes it, mostly in quotes; undefined when it is none. */
export function readNumber(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const word = WORDS.get(value);
  if (word !== undefined) return word;
  const number = Number(value);
  return value.trim() === '' || Number.isNaN(number) ? undefined : number;
}

/** A moment as Prometheus writes it, in seconds; answers milliseconds. */
export function readMoment(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? Math.round(value * 1_000) : undefined;
}

/** A moment for Prometheus. */
export function writeMoment(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
