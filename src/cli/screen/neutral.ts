import { plain } from '../output/text.ts';

/** The same value, with nothing in its texts that a terminal would obey: whatever is shown of it is only shown. */
export function neutral<T>(value: T): T {
  // Texts become texts, and everything else is what it was.
  return neutralised(value) as T;
}

function neutralised(value: unknown): unknown {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return value.map(neutralised);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [plain(key), neutralised(one)]));
}
