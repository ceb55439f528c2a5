import type { Conversion, Harm, Unit } from '../../rollout/experiment.ts';
import { findHeader, findParameter } from './audience.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { findCookie } from './sticky.ts';

/** Longer ids are nobody's. */
const LONGEST_ID = 256;

/** The id of the user who sends a request; undefined when it says nothing of that. The gateway's own is read elsewhere. */
export function idBy(unit: Exclude<Unit, { from: 'gateway' }>, head: RequestHead): string | undefined {
  switch (unit.from) {
    case 'cookie':
      return findCookie(head.cookie, unit.name, isId);
    case 'header':
      return findHeader(head.headers, unit.name.toLowerCase(), isId);
    case 'query':
      return findParameter(head.path, unit.name, isId);
  }
}

function isId(value: string): boolean {
  return value !== '' && value.length <= LONGEST_ID;
}

/** True for a request that was answered so that its user counts as converted. */
export function isConverted(
  { method, path, status: wanted }: Conversion,
  head: Pick<RequestHead, 'method' | 'path'>,
  status: number,
): boolean {
  if (method !== undefined && head.method !== method) return false;
  if (!isPath(head.path, path)) return false;
  if (wanted === undefined) return status >= 200 && status < 400;
  return wanted < 10 ? Math.floor(status / 100) === wanted : status === wanted;
}

/** True for a request that counts for its user as one that was failed, or had to wait. */
export function isHarmed(
  harm: Harm,
  { isError, ms }: { readonly isError: boolean; readonly ms: number },
): boolean {
  return 'failed' in harm ? isError : ms > harm.slowerThanMs;
}

function isPath(path: string, wanted: string): boolean {
  return path.startsWith(wanted) && (path.length === wanted.length || path[wanted.length] === '?');
}
