/** A share as people write it: `4.8 %`, `0.12 %`, `0 %`. */
export function percent(ratio: number): string {
  const value = ratio * 100;
  return `${String(value >= 10 ? Math.round(value) : Number(value.toPrecision(2)))} %`;
}

/** Milliseconds with three digits at most: `4.27 ms`, `88.1 ms`, `1,240 ms`. */
export function milliseconds(ms: number): string {
  return `${grouped(Number(ms.toPrecision(3)))} ms`;
}

/** An e-value from its logarithm: `0.31`, `18`, `1,230`, `over a million`. */
export function evidence(logE: number): string {
  const value = Math.exp(logE);
  if (value > 1e6) return 'over a million';
  if (value < 0.01) return 'under 0.01';
  return value < 10 ? String(Number(value.toPrecision(2))) : grouped(Math.floor(value + 1e-9));
}

/** A count with its noun: `1 request`, `1,204 requests`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function grouped(value: number): string {
  if (value < 1_000) return String(value);
  const [whole = '', fraction] = String(value).split('.');
  const withCommas = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? withCommas : `${withCommas}.${fraction}`;
}
