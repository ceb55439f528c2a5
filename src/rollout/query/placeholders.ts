/** What only a cluster has: how the names of a track's pods begin, and the Service of the track. */
export const CLUSTER_PLACEHOLDERS = ['pods', 'service'] as const;

/** What a query may ask for between double braces. */
export const PLACEHOLDERS = [
  'track',
  'revision',
  'name',
  'namespace',
  'window',
  ...CLUSTER_PLACEHOLDERS,
] as const;

/** One of them. */
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** Anything between double braces, without the spaces around it. */
export const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The placeholder of a name; undefined for a name that is none. */
export function placeholderOf(name: string): Placeholder | undefined {
  return PLACEHOLDERS.find((one) => one === name);
}
