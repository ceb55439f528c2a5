/** A ratio as a percentage with as many decimals as matter: `0.12%`, `5%`, `100%`. */
export function percent(ratio: number): string {
  const value = ratio * 100;
  return `${Number(value.toFixed(value < 1 ? 3 : value < 10 ? 2 : 1))}%`;
}

/** A latency in milliseconds: `7.4 ms`, `120 ms`, `1.25 s`; a dash when it is not known. */
export function latency(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/** `50.0 MiB`; a dash when it is not known. */
export function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? '-' : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** `1 replica`, `3 replicas`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
