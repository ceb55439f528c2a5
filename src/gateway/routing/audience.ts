import type { Match, MatchItem, NamedTest, TextTest } from '../../rollout/match.ts';
import { parsePattern } from '../../rollout/pattern/pattern.ts';
import { pointOf } from './assign.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { hasPathPrefix } from './path-prefix.ts';
import { findCookie } from './sticky.ts';

/** What a match looks at. */
export interface Matched {
  readonly head: Pick<RequestHead, 'method' | 'path' | 'headers' | 'cookie'>;
  /** The id of its user, where users are known. */
  readonly id: string | undefined;
}

/** True for the requests of a match. */
export type Audience = (request: Matched) => boolean;

type TextCheck = (value: string) => boolean;

/** Makes of a match what is asked of each request. */
export function audienceOf(match: Match, rollout: string): Audience {
  const items = match.map((item) => allOf(checksOf(item, rollout)));
  return (request) => items.some((fits) => fits(request));
}

function allOf(checks: readonly Audience[]): Audience {
  return (request) => checks.every((check) => check(request));
}

/** The cheap ones first. */
function checksOf({ method, user, path, cookie, query, header }: MatchItem, rollout: string): Audience[] {
  const checks: Audience[] = [];
  if (method !== undefined) checks.push(({ head }) => head.method === method);
  if (user !== undefined) checks.push(({ id }) => id !== undefined && audiencePoint(rollout, id) < user);
  if (path !== undefined) checks.push(pathCheck(path));
  if (cookie !== undefined) checks.push(namedCheck(cookie, hasCookie));
  if (query !== undefined) checks.push(namedCheck(query, hasParameter));
  if (header !== undefined)
    checks.push(namedCheck({ ...header, name: header.name.toLowerCase() }, hasHeader));
  return checks;
}

/** Has nothing to do with the user's point among the weights, so that these divide the others as planned. */
function audiencePoint(rollout: string, id: string): number {
  return pointOf(`${rollout}\0audience`, id);
}

function pathCheck(test: TextTest): Audience {
  if ('prefix' in test) return ({ head }) => hasPathPrefix(head.path, test.prefix);
  const fits = textCheck(test);
  return ({ head }) => {
    const end = head.path.indexOf('?');
    return fits(end === -1 ? head.path : head.path.slice(0, end));
  };
}

/** Whether a request has a value of this name that fits. */
type Has = (head: Matched['head'], name: string, fits: TextCheck) => boolean;

function namedCheck(test: NamedTest, has: Has): Audience {
  if ('present' in test) return ({ head }) => has(head, test.name, () => true) === test.present;
  const fits = textCheck(test);
  return ({ head }) => has(head, test.name, fits);
}

function textCheck(test: TextTest): TextCheck {
  if ('exact' in test) return (value) => value === test.exact;
  if ('prefix' in test) return (value) => value.startsWith(test.prefix);
  const pattern = parsePattern(test.regex);
  // What cannot be read was refused with its config.
  return 'problem' in pattern ? () => false : (value) => pattern.fits(value);
}

function hasCookie(...[{ cookie }, name, fits]: Parameters<Has>): boolean {
  return findCookie(cookie, name, fits) !== undefined;
}

/** `name` is in small letters. */
function hasHeader(...[{ headers }, name, fits]: Parameters<Has>): boolean {
  return findHeader(headers, name, fits) !== undefined;
}

function hasParameter(...[{ path }, name, fits]: Parameters<Has>): boolean {
  return findParameter(path, name, fits) !== undefined;
}

/** The first value of a header that fits; the name is in small letters. */
export function findHeader(
  headers: readonly string[],
  name: string,
  fits: (value: string) => boolean,
): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [other = '', value = ''] = [headers[i], headers[i + 1]];
    if (other.length === name.length && other.toLowerCase() === name && fits(value)) return value;
  }
  return undefined;
}

/** The first value of a query parameter that fits. */
export function findParameter(
  path: string,
  name: string,
  fits: (value: string) => boolean,
): string | undefined {
  const begin = path.indexOf('?');
  if (begin === -1) return undefined;
  for (const pair of path.slice(begin + 1).split('&')) {
    const equals = pair.indexOf('=');
    const key = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? '' : decoded(pair.slice(equals + 1));
    if (decoded(key) === name && fits(value)) return value;
  }
  return undefined;
}

/** As forms write it; what is not encoded properly is taken as it is. */
function decoded(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
