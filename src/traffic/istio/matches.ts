import { Failure } from '../../base/failure.ts';
import type { MatchItem, NamedTest, TextTest } from '../../rollout/match.ts';
import { cookiePattern } from '../cluster/patterns.ts';
import type { RequestMatch, StringMatch } from './objects.ts';

/** The requests that are in both; undefined: none. Throws Failure where a VirtualService has no words for them. */
export function requestMatchOf(rule: RequestMatch, item: MatchItem): RequestMatch | undefined {
  const uri = uriIn(rule.uri, item.path);
  const method = methodIn(rule.method, item.method);
  if (uri === 'none' || method === 'none') return undefined;
  const { query } = item;
  return {
    ...rule,
    ...(uri === undefined ? {} : { uri }),
    ...(method === undefined ? {} : { method }),
    ...named('headers', rule.headers, headersOf(item)),
    ...named('withoutHeaders', rule.withoutHeaders, absentHeaders(item)),
    ...named('queryParams', rule.queryParams, query === undefined ? {} : { [query.name]: textOf(query) }),
  };
}

function headersOf({ header, cookie }: MatchItem): Named {
  return {
    ...(header === undefined || isAbsent(header) ? {} : { [nameOf(header)]: presentOf(header) }),
    ...(cookie === undefined ? {} : { cookie: { regex: cookiePattern(cookie) } }),
  };
}

function absentHeaders({ header }: MatchItem): Named {
  return header !== undefined && isAbsent(header) ? { [nameOf(header)]: {} } : {};
}

function isAbsent(test: NamedTest): boolean {
  return 'present' in test && !test.present;
}

/** Header names are in small letters. */
function nameOf({ name }: NamedTest): string {
  return name.toLowerCase();
}

function presentOf(test: NamedTest): StringMatch | Readonly<Record<string, never>> {
  return 'present' in test ? {} : textOf(test);
}

/** A pattern fits all of a value. */
function textOf(test: NamedTest | TextTest): StringMatch {
  if ('exact' in test) return { exact: test.exact };
  if ('prefix' in test) return { prefix: test.prefix };
  return { regex: 'regex' in test ? test.regex : '.*' };
}

type Named = Readonly<Record<string, unknown>>;

function named(key: string, own: Named | undefined, more: Named): Readonly<Record<string, Named>> {
  const twice = Object.keys(more).find((name) => own?.[name] !== undefined);
  if (twice !== undefined) throw unsayable(`asks two things of ${twice}`);
  const all = { ...own, ...more };
  return Object.keys(all).length === 0 ? {} : { [key]: all };
}

function unsayable(what: string): Failure {
  return new Failure('refusedPlan', `together with the route that is steered, the match ${what}`, {
    hint: 'ask something else, or steer a route that asks less: see `routes`',
  });
}

function methodIn(
  rule: StringMatch | undefined,
  method: string | undefined,
): StringMatch | undefined | 'none' {
  if (method === undefined || rule === undefined) return method === undefined ? rule : { exact: method };
  if (!('exact' in rule)) throw unsayable('asks for a method, as the route does');
  return rule.exact === method ? rule : 'none';
}

/** The narrower of two paths, where one holds the other. */
function uriIn(rule: StringMatch | undefined, path: TextTest | undefined): StringMatch | undefined | 'none' {
  if (path === undefined) return rule;
  const asked = segmentsOf(path);
  if (rule === undefined || ('prefix' in rule && rule.prefix === '/')) return asked;
  if ('regex' in rule || 'regex' in path) throw unsayable('asks for a path, as the route does');
  return narrowerOf(path, rule);
}

function narrowerOf(path: Literal, rule: Literal): StringMatch | 'none' {
  const [ours, theirs] = [wordsOf(path), wordsOf(rule)];
  if (ours === theirs) return 'exact' in path ? path : rule;
  if (isBelow(ours, rule, '')) return segmentsOf(path);
  return isBelow(theirs, path, '/') ? rule : 'none';
}

type Literal = Exclude<TextTest, { readonly regex: string }>;

function isBelow(text: string, prefix: Literal, end: string): boolean {
  return 'prefix' in prefix && text.startsWith(`${prefix.prefix}${end}`);
}

function wordsOf(test: Literal): string {
  return 'exact' in test ? test.exact : test.prefix;
}

/** Our prefixes are of whole segments, Istio's of letters. */
function segmentsOf(path: TextTest): StringMatch {
  if (!('prefix' in path)) return path;
  if (path.prefix === '/') return path;
  return { regex: `${path.prefix.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(/.*)?` };
}
