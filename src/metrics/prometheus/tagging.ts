import type { SampledSeries } from './answer.ts';
import { readNumber } from './numbers.ts';

/** The label that says which of several queries a series answers. */
const TAG = '__coalmine_query';

/**
 * One expression with the series of all of `expressions`, each an instant vector; `untagged` tells them apart again.
 * They are joined as a tree, since each join compares with all that is on its left.
 */
export function tagged(expressions: readonly string[]): string {
  // A comment at the end of an expression ends with the line.
  return joined(expressions.map((text, index) => `label_replace((\n${text}\n),"${TAG}","${index}","","")`));
}

function joined(parts: readonly string[]): string {
  if (parts.length <= 1) return parts[0] ?? '';
  const middle = Math.ceil(parts.length / 2);
  return `(${joined(parts.slice(0, middle))} or ${joined(parts.slice(middle))})`;
}

/** The series of each of `count` expressions, without the tag. */
export function untagged(
  series: readonly SampledSeries[],
  count: number,
): readonly (readonly SampledSeries[])[] {
  const answers = Array.from({ length: count }, (): SampledSeries[] => []);
  for (const { labels, samples } of series) {
    const { [TAG]: tag, ...rest } = labels;
    answers[readNumber(tag) ?? -1]?.push({ labels: rest, samples });
  }
  return answers;
}
