import { fractionOf } from '../../base/share.ts';
import type { Match, MatchItem, TextTest } from '../../rollout/match.ts';
import { UNTOLD_SHARE, type Said } from '../scenario/circumstances.ts';

/** Something that a match asks for. */
export type Asked = Pick<Said, 'of' | 'name' | 'value'>;

/** One thing that an alternative of a match asks for, and whether it is that it be not there. */
export interface Test {
  readonly asked: Asked;
  readonly isAbsent: boolean;
}

/** What an alternative of a match asks of what a request says. */
export function testsIn({ header, cookie, query, path, method }: MatchItem): readonly Test[] {
  const tests: Test[] = [];
  for (const [of, test] of Object.entries({ header, cookie, query })) {
    if (test === undefined) continue;
    const value = 'present' in test ? undefined : textOf(test);
    const name = of === 'header' ? test.name.toLowerCase() : test.name;
    const asked = { of: of as Said['of'], name, ...(value === undefined ? {} : { value }) };
    tests.push({ asked, isAbsent: 'present' in test && !test.present });
  }
  if (path !== undefined) tests.push({ asked: { of: 'path', value: textOf(path) }, isAbsent: false });
  if (method !== undefined) tests.push({ asked: { of: 'method', value: method }, isAbsent: false });
  return tests;
}

function textOf(test: TextTest): string {
  if ('exact' in test) return test.exact;
  return 'prefix' in test ? test.prefix : test.regex;
}

/** True for what is said of what a test asks for. */
export function isAbout(said: Asked, test: Asked): boolean {
  const name = said.of === 'header' ? said.name?.toLowerCase() : said.name;
  return said.of === test.of && name === test.name && (said.value === undefined || said.value === test.value);
}

/**
 * The share of the requests that fit a match, by what is said of them: what requests say of one thing has nothing to do
 * with what they say of another.
 */
export function shareOf(match: Match, audience: readonly Said[]): number {
  const others = match.reduce((share, one) => share * (1 - shareOfItem(one, audience)), 1);
  return 1 - others;
}

function shareOfItem(one: MatchItem, audience: readonly Said[]): number {
  const users = one.user === undefined ? 1 : fractionOf(one.user);
  return testsIn(one).reduce((share, test) => share * shareOfTest(test, audience), users);
}

function shareOfTest({ asked, isAbsent }: Test, audience: readonly Said[]): number {
  const share = audience.find((said) => isAbout(said, asked))?.share ?? UNTOLD_SHARE;
  return isAbsent ? 1 - share : share;
}
