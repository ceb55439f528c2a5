import type { JsonObject } from '../../base/json.ts';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { Match, MatchItem, NamedTest, TextTest } from '../../rollout/match.ts';
import { parsePattern } from '../../rollout/pattern/pattern.ts';
import { integer, listOf, matching, objectAt, text, wrong } from './config-fields.ts';

const METHOD = /^[A-Z-]{1,32}$/;
/** So much is looked at for each request, at most. */
const MOST_ITEMS = 50;

/** Checks the match of a part. */
export function parseMatch(part: JsonObject, at: string): Match {
  const items = listOf(part, 'match', at);
  if (items.length === 0 || items.length > MOST_ITEMS)
    throw wrong(`${at}.match`, `must have 1 to ${MOST_ITEMS} items`);
  return items.map((item, i) => parseItem(item, `${at}.match[${i}]`));
}

function parseItem(value: unknown, at: string): MatchItem {
  const item = objectAt(value, at);
  const named = (key: 'header' | 'cookie' | 'query'): Partial<Record<typeof key, NamedTest>> =>
    item[key] === undefined ? {} : { [key]: parseNamed(item[key], `${at}.${key}`) };
  const parsed: MatchItem = {
    ...named('header'),
    ...named('cookie'),
    ...named('query'),
    ...(item['path'] === undefined
      ? {}
      : { path: parseTest(objectAt(item['path'], `${at}.path`), `${at}.path`) }),
    ...(item['method'] === undefined ? {} : { method: matching(item, 'method', { at, pattern: METHOD }) }),
    ...(item['user'] === undefined
      ? {}
      : { user: integer(item, 'user', { at, min: 0, max: FULL_SHARE }) as Share }),
  };
  // What nothing is asked of would fit every request.
  if (Object.keys(parsed).length === 0) throw wrong(at, 'must name something');
  return parsed;
}

function parseNamed(value: unknown, at: string): NamedTest {
  const test = objectAt(value, at);
  const name = text(test, 'name', at);
  const { present } = test;
  return typeof present === 'boolean' ? { name, present } : { name, ...parseTest(test, at) };
}

function parseTest(test: JsonObject, at: string): TextTest {
  const { exact, prefix, regex } = test;
  if (typeof exact === 'string') return { exact };
  if (typeof prefix === 'string') return { prefix };
  if (typeof regex !== 'string') throw wrong(at, 'must be exact, prefix, regex or present');
  const parsed = parsePattern(regex);
  if ('problem' in parsed) throw wrong(`${at}.regex`, parsed.problem);
  return { regex };
}
