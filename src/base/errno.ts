/** True for an error of the operating system that carries one of these codes (`ENOENT`, `ESRCH`, …). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && codes.includes(error.code);
}

/** True when the disk, or what one may use of it, is full. */
export function isOutOfSpace(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT');
}

/** True when there is no such file or directory. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}
