import { NO_SHARE } from '../../base/share.ts';
import type { Match, MatchItem, NamedTest, TextTest } from '../match.ts';
import { parsePattern } from '../pattern/pattern.ts';
import { field, item, readShare, tell, type Place } from '../place.ts';
import type { WrittenMatch } from '../schema/traffic.ts';

type WrittenItem = WrittenMatch[number];
type WrittenNamed = NonNullable<WrittenItem['header']>;

/** So many things may be asked of each request. */
const MOST_ITEMS = 20;
const LONGEST = 500;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const METHOD = /^[A-Za-z-]{1,32}$/;

/** Header fields that the gateway keeps to itself, and where what they say can be asked for. */
const KEPT_FIELDS: Readonly<Record<string, string>> = {
  host: 'requests of another host go to another Rollout',
  cookie: 'use cookie: { name: … }',
  'x-request-id': 'it is the same for no two requests',
  traceparent: 'it is the same for no two requests',
  connection: 'it is about one connection',
  'transfer-encoding': 'it is about one connection',
};

/** A written match; alternatives that ask what cannot be are told of. */
export function resolveMatch(written: WrittenMatch, place: Place): Match {
  if (written.length > MOST_ITEMS) tell(place, `has ${written.length} items`, `at most ${MOST_ITEMS}`);
  return written.map((one, i) => resolveItem(one, item(place, i)));
}

function resolveItem(written: WrittenItem, place: Place): MatchItem {
  const { header, cookie, query, path, method, user } = written;
  if (Object.keys(written).length === 0)
    tell(place, 'asks nothing, and so would be of all requests', 'name a header, a path, …');
  if (header !== undefined) refuseKept(header.name, field(place, 'header'));
  return {
    ...(header === undefined ? {} : { header: resolveNamed(header, field(place, 'header')) }),
    ...(cookie === undefined ? {} : { cookie: resolveNamed(cookie, field(place, 'cookie')) }),
    ...(query === undefined ? {} : { query: resolveNamed(query, field(place, 'query')) }),
    ...(path === undefined ? {} : { path: resolvePath(path, field(place, 'path')) }),
    ...(method === undefined ? {} : { method: resolveMethod(method, field(place, 'method')) }),
    ...(user === undefined ? {} : { user: resolveUser(user, field(place, 'user')) }),
  };
}

function refuseKept(name: string, place: Place): void {
  const why = KEPT_FIELDS[name.toLowerCase()];
  if (why !== undefined) tell(field(place, 'name'), `${name} cannot be asked for`, why);
  else if (!NAME.test(name)) tell(field(place, 'name'), `"${name}" is not the name of a header`);
}

function resolveNamed(written: WrittenNamed, place: Place): NamedTest {
  const { name, present } = written;
  if (present !== undefined) return { name, present };
  return { name, ...resolveTest(written, place) };
}

function resolveTest({ exact, prefix, regex }: Omit<WrittenNamed, 'name'>, place: Place): TextTest {
  for (const [key, text] of Object.entries({ exact, prefix })) {
    if (text !== undefined && text.length > LONGEST)
      tell(field(place, key), `has ${text.length} characters`, `at most ${LONGEST}`);
  }
  if (exact !== undefined) return { exact };
  if (regex === undefined) return { prefix: prefix ?? '' };
  const pattern = parsePattern(regex);
  if ('problem' in pattern) {
    const hint = 'the gateway asks it of every request, so only what can be searched for fast is known';
    tell(field(place, 'regex'), `${regex} ${pattern.problem}`, hint);
  }
  return { regex };
}

function resolvePath(written: NonNullable<WrittenItem['path']>, place: Place): TextTest {
  const test = resolveTest(written, place);
  const text = 'exact' in test ? test.exact : 'prefix' in test ? test.prefix : '/';
  if (!text.startsWith('/')) tell(place, `${text} is no path`, `write /${text}`);
  if (text.includes('?')) tell(place, `${text} has a query`, 'use query: { name: …, exact: … } beside it');
  // Prefixes are of whole segments.
  return 'prefix' in test ? { prefix: test.prefix.replace(/(?<=.)\/+$/, '') } : test;
}

function resolveMethod(method: string, place: Place): string {
  if (!METHOD.test(method)) tell(place, `"${method}" is no HTTP method`, 'as in POST');
  return method.toUpperCase();
}

function resolveUser(
  written: NonNullable<WrittenItem['user']>,
  place: Place,
): NonNullable<MatchItem['user']> {
  if (written.labels !== undefined)
    tell(field(place, 'labels'), 'the gateway knows no attributes of users', 'match the header or cookie');
  const share = readShare(field(place, 'share'), written.share);
  if (share === NO_SHARE) tell(field(place, 'share'), `${written.share} is nobody`, 'more than 0%');
  return share;
}
