import { Failure } from '../../base/failure.ts';
import type { MatchItem, NamedTest, TextTest } from '../../rollout/match.ts';
import { cookiePattern, valuePattern } from '../cluster/patterns.ts';
import type { HttpMatch, NamedMatch } from './routes.ts';

type Path = Required<NonNullable<HttpMatch['path']>>;

const EVERYTHING: Path = { type: 'PathPrefix', value: '/' };

/** The requests that are in both; undefined: none, or none that an HTTPRoute can name. */
export function httpMatchOf(rule: HttpMatch, item: MatchItem): HttpMatch | undefined {
  const path = pathIn({ ...EVERYTHING, ...rule.path }, item.path);
  const method = rule.method ?? item.method;
  const isNone = item.method !== undefined && item.method !== method;
  if (path === undefined || isNone) return undefined;
  const headers = joined(rule.headers, headersOf(item));
  const queryParams = joined(rule.queryParams, item.query === undefined ? [] : [namedMatch(item.query)]);
  return {
    path,
    ...(headers.length === 0 ? {} : { headers }),
    ...(queryParams.length === 0 ? {} : { queryParams }),
    ...(method === undefined ? {} : { method }),
  };
}

function headersOf({ header, cookie }: MatchItem): readonly NamedMatch[] {
  return [
    ...(header === undefined ? [] : [namedMatch(header)]),
    ...(cookie === undefined ? [] : [cookieMatch(cookie)]),
  ];
}

/** What both name. Throws Failure where they ask two things of one name, which a match cannot say. */
export function joined(ours: readonly NamedMatch[] = [], more: readonly NamedMatch[]): readonly NamedMatch[] {
  const names = new Set(ours.map(({ name }) => name.toLowerCase()));
  for (const { name } of more) {
    if (names.has(name.toLowerCase())) throw unsayable(`asks two things of ${name}`);
    names.add(name.toLowerCase());
  }
  return [...ours, ...more];
}

/** What a rule and an audience ask together and a route has no words for. */
export function unsayable(what: string): Failure {
  return new Failure('refusedPlan', `together with the rule that is steered, the match ${what}`, {
    hint: 'ask something else, or steer a rule that asks less: see `rules`',
  });
}

/** A test of a value, as the Gateway API says it; that something is absent cannot be said. */
export function namedMatch(test: NamedTest): NamedMatch {
  const { name } = test;
  if ('present' in test) return { type: 'RegularExpression', name, value: '.*' };
  if ('exact' in test) return { type: 'Exact', name, value: test.exact };
  return { type: 'RegularExpression', name, value: valuePattern(test) };
}

function cookieMatch(test: NamedTest): NamedMatch {
  return { type: 'RegularExpression', name: 'cookie', value: cookiePattern(test) };
}

/** The narrower of two paths, where one holds the other. */
function pathIn(rule: Path, test: TextTest | undefined): Path | undefined {
  if (test === undefined) return rule;
  const asked = pathOf(test);
  if ('regex' in test && rule.value !== '/') throw unsayable(`asks for a pattern below ${rule.value}`);
  if (isWithin(asked, rule)) return asked;
  return isWithin(rule, asked) ? rule : undefined;
}

function pathOf(test: TextTest): Path {
  if ('exact' in test) return { type: 'Exact', value: test.exact };
  if ('prefix' in test) return { type: 'PathPrefix', value: test.prefix };
  return { type: 'RegularExpression', value: valuePattern(test) };
}

function isWithin(inner: Path, outer: Path): boolean {
  if (outer.type !== 'PathPrefix') return inner.type === outer.type && inner.value === outer.value;
  if (outer.value === '/') return true;
  if (inner.type === 'RegularExpression') return false;
  const prefix = outer.value.replace(/\/$/, '');
  return inner.value === prefix || inner.value.startsWith(`${prefix}/`);
}
