import type { LogFields } from './log.ts';

/** Names whose values are secrets, or hold some. */
const SECRET =
  /token|secret|passw(or)?d|passphrase|authorization|credential|cookie|session|api[-_]?key|private[-_]?key|^env(ironment)?$/i;

const LEFT_OUT = '[redacted]';
/** Deeper than anything that is logged on purpose; ends cycles too. */
const MOST_DEPTH = 8;

/** The fields as plain data, without the values of names that look like secrets. */
export function redacted(fields: LogFields = {}): LogFields {
  return plainObject(fields, 0);
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MOST_DEPTH) return '[too deep]';
  if (value instanceof Error) return plainError(value, depth);
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (value instanceof Date) return value.toJSON();
  return plainObject(value, depth);
}

function plainObject(value: object, depth: number): LogFields {
  const entries = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    SECRET.test(key) ? LEFT_OUT : plain(member, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

/** Only what describes the failure: other members of an error may hold what it was about. */
function plainError(error: Error, depth: number): LogFields {
  const { name, message, stack, cause } = error;
  const { code } = error as Error & { readonly code?: unknown };
  return {
    name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    stack,
    ...(cause === undefined ? {} : { cause: plain(cause, depth + 1) }),
  };
}
