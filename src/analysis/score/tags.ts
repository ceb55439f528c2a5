/** What tells one series of a metric from another; none for a metric of one series. */
export type Tags = Readonly<Record<string, string>>;

/** Equal for tags that are equal, whatever their order. */
export function tagsKey(tags: Tags): string {
  return JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
}
