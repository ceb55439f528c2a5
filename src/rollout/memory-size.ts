const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1_000,
  K: 1_000,
  M: 1_000_000,
  G: 1_000_000_000,
  Ki: 1_024,
  Mi: 1_048_576,
  Gi: 1_073_741_824,
};

/** Reads `512Mi`, `2Gi` or `1.5G` as bytes; undefined when `text` is not an amount of memory. */
export function parseMemorySize(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(k|K|M|G|Ki|Mi|Gi)?$/.exec(text) ?? [];
  const factor = UNIT_BYTES[unit ?? ''];
  if (digits === undefined || factor === undefined) return undefined;
  const bytes = Math.round(Number(digits) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
