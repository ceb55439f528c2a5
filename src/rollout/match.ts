import { formatShare, type Share } from '../base/share.ts';

/** Which requests: those that fit one of these. */
export type Match = readonly MatchItem[];

/** One alternative; all that is named must hold. */
export interface MatchItem {
  readonly header?: NamedTest;
  readonly cookie?: NamedTest;
  readonly query?: NamedTest;
  /** Without the query. A prefix is of whole segments. */
  readonly path?: TextTest;
  /** In capitals. */
  readonly method?: string;
  /** So many users, by a hash of their id that has nothing to do with the weights. */
  readonly user?: Share;
}

/** What must be true of a text; a regex must fit all of it. */
export type TextTest = { readonly exact: string } | { readonly prefix: string } | { readonly regex: string };

/** What must be true of the value of this name; `present: false`: that there is none. */
export type NamedTest = { readonly name: string } & (TextTest | { readonly present: boolean });

/** A way of asking something of a request. */
export type MatchKind =
  | `${'header' | 'cookie' | 'query'} ${'exact' | 'prefix' | 'regex' | 'present' | 'absent'}`
  | `path ${'exact' | 'prefix' | 'regex'}`
  | 'method'
  | 'user';

/** One thing that an alternative asks. */
export interface Asked {
  readonly kind: MatchKind;
  /** The text it asks for; absent where it asks for none. */
  readonly text?: string;
}

/** All that an alternative asks. */
export function askedBy({ header, cookie, query, path, method, user }: MatchItem): readonly Asked[] {
  const named = Object.entries({ header, cookie, query }) as [
    'header' | 'cookie' | 'query',
    NamedTest | undefined,
  ][];
  return [
    ...named.flatMap(([what, test]) => (test === undefined ? [] : namedAsked(what, test))),
    ...(path === undefined ? [] : textAsked('path', path)),
    ...(method === undefined ? [] : [{ kind: 'method', text: method } as const]),
    ...(user === undefined ? [] : [{ kind: 'user' } as const]),
  ];
}

function namedAsked(what: 'header' | 'cookie' | 'query', test: NamedTest): readonly Asked[] {
  if ('present' in test) return [{ kind: `${what} ${test.present ? 'present' : 'absent'}` }];
  return textAsked(what, test);
}

function textAsked(what: 'header' | 'cookie' | 'query' | 'path', test: TextTest): readonly Asked[] {
  if ('exact' in test) return [{ kind: `${what} exact`, text: test.exact }];
  if ('prefix' in test) return [{ kind: `${what} prefix`, text: test.prefix }];
  return [{ kind: `${what} regex`, text: test.regex }];
}

/** The largest share of the users that can fit; undefined when nobody knows. */
export function knownShareOf(match: Match): number | undefined {
  let sum = 0;
  for (const { user } of match) {
    if (user === undefined) return undefined;
    sum += user;
  }
  return sum;
}

/** A match in words: `header x-beta is 1 and path below /shop, or cookie beta is there`. */
export function matchWords(match: Match): string {
  return match.map((item) => wordsOf(item).join(' and ')).join(', or ');
}

function wordsOf({ header, cookie, query, path, method, user }: MatchItem): readonly string[] {
  const words: string[] = [];
  if (method !== undefined) words.push(method);
  if (path !== undefined) words.push(`path ${'prefix' in path ? `below ${path.prefix}` : testWords(path)}`);
  for (const [what, test] of Object.entries({ header, cookie, query })) {
    if (test !== undefined) words.push(`${what} ${test.name} ${testWords(test)}`);
  }
  if (user !== undefined) words.push(`${formatShare(user)} of the users`);
  return words;
}

function testWords(test: TextTest | NamedTest): string {
  if ('exact' in test) return `is ${test.exact}`;
  if ('prefix' in test) return `begins with ${test.prefix}`;
  if ('regex' in test) return `fits ${test.regex}`;
  return test.present ? 'is there' : 'is not there';
}
