/**
 * How long a `Retry-After` header asks to wait, in milliseconds from now (RFC 9110, 10.2.3: seconds, or a date); undefined
 * without one, or for one that says neither.
 */
export function retryAfterMsIn(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
