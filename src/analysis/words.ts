/** A share as people write it: `4.8 %`, `0.12 %`, `0 %`. */
export function percent(ratio: number): string {
  const value = ratio * 100;
  return `${value >= 10 ? grouped(Math.round(value)) : String(Number(value.toPrecision(2)))} %`;
}

/** Milliseconds with three digits at most: `4.27 ms`, `88.1 ms`, `1,240 ms`. */
export function milliseconds(ms: number): string {
  return `${figure(ms)} ms`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size with three digits at most, in powers of a thousand: `812 B`, `14.2 kB`, `3.05 MB`. */
export function bytes(size: number): string {
  let value = Number(size.toPrecision(3));
  let unit = 0;
  for (; value >= 1_000 && unit < BYTE_UNITS.length - 1; unit += 1) value /= 1_000;
  return `${figure(value)} ${BYTE_UNITS[unit] ?? 'B'}`;
}

/** A number with three digits at most: `0.0321`, `14.2`, `1,240`. */
export function figure(value: number): string {
  return grouped(Number(value.toPrecision(3)));
}

/** An e-value from its logarithm: `0.31`, `18`, `1,230`, `over a million`. */
export function evidence(logE: number): string {
  const value = Math.exp(logE);
  if (value > 1e6) return 'over a million';
  if (value < 0.01) return 'under 0.01';
  return value < 10 ? String(Number(value.toPrecision(2))) : grouped(Math.floor(value + 1e-9));
}

/** A count by itself, every digit of it: `1,204`. */
export function whole(count: number): string {
  return grouped(count);
}

/** A count with its noun: `1 request`, `1,204 requests`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function grouped(value: number): string {
  if (value < 1_000 || value >= 1e21) return String(value);
  const [whole = '', fraction] = String(value).split('.');
  const withCommas = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? withCommas : `${withCommas}.${fraction}`;
}
