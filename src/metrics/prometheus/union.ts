import type { Labels, SampledSeries } from './answer.ts';
import { literalPattern, quoted } from './promql.ts';
import type { Matcher, Selector } from './selector.ts';

/** Prometheus looks a set of values up in its index up to 256 of them; more are compared one by one. */
const MOST_MEMBERS = 200;

/** A selector, and what it is asked for. */
export interface Member<Item> {
  readonly item: Item;
  readonly selector: Selector;
}

/**
 * Puts selectors together that differ only in the values some labels must equal, as those of one template do:
 * `jobs{rev="a"}` and `jobs{rev="b"}` are asked as `jobs{rev=~"a|b"}`. Those with an equal `separator` may be
 * put together.
 */
export function unionsOf<Item>(
  members: readonly Member<Item>[],
  separator: (item: Item) => string,
): readonly (readonly Member<Item>[])[] {
  const groups = new Map<string, Member<Item>[][]>();
  for (const member of members) {
    const key = JSON.stringify([separator(member.item), formOf(member.selector)]);
    const parts = groups.get(key) ?? [];
    const last = parts.at(-1);
    if (last === undefined || last.length >= MOST_MEMBERS) parts.push([member]);
    else last.push(member);
    groups.set(key, parts);
  }
  return [...groups.values()].flat();
}

/** The series of a union's answer that a selector of it asked for. */
export function belongingTo(
  { matchers }: Selector,
  series: readonly SampledSeries[],
): readonly SampledSeries[] {
  const wanted = matchers.filter(isEquality);
  // A label that is not there equals the empty text.
  const belongs = (labels: Labels): boolean =>
    wanted.every(({ label, value }) => (labels[label] ?? '') === value);
  return series.filter(({ labels }) => belongs(labels));
}

/** Everything about a selector but the values its labels must equal. */
function formOf({ metric, matchers }: Selector): unknown {
  const labels = matchers.filter(isEquality).map(({ label }) => label);
  const others = matchers.filter((one) => !isEquality(one)).map(matcherText);
  // A label that must equal two values would be asked for either.
  const isOdd = new Set(labels).size < labels.length;
  return [metric ?? '', labels.sort(), others.sort(), isOdd ? matchers.map(matcherText) : []];
}

function isEquality({ operator }: Matcher): boolean {
  return operator === '=';
}

function matcherText({ label, operator, value }: Matcher): string {
  return `${label}${operator}${quoted(value)}`;
}

/** One selector for all series of these, which have the same form. */
export function unionText(selectors: readonly Selector[]): string {
  const [first] = selectors;
  if (first === undefined) return '';
  const parts = first.matchers.map((matcher) =>
    isEquality(matcher) ? equalityText(selectors, matcher) : matcherText(matcher),
  );
  return `${first.metric ?? ''}{${parts.join(',')}}`;
}

function equalityText(selectors: readonly Selector[], matcher: Matcher): string {
  const { label } = matcher;
  const valueIn = ({ matchers }: Selector): string =>
    matchers.find((one) => one.label === label && isEquality(one))?.value ?? '';
  const values = [...new Set(selectors.map(valueIn))];
  if (values.length === 1) return matcherText(matcher);
  return `${label}=~${quoted(values.map(literalPattern).join('|'))}`;
}
