import type { VariantServed } from '../../summary/variant-served.ts';
import { variantTone, type Line, type Point } from '../charts/line.ts';

/** Where the points of lines come from. */
interface Points {
  readonly together: () => readonly Point[];
  readonly one: (variant: string) => readonly Point[];
}

/** What is new, in a chart: one line, or one for each of several variants, by its name. */
export function candidateLines(
  variants: readonly VariantServed[],
  { together, one }: Points,
): readonly Line[] {
  if (variants.length < 2) return [{ name: 'new version', tone: 'candidate', points: together() }];
  return variants.map(({ variant }, index) => ({
    name: variant,
    tone: variantTone(index),
    points: one(variant),
  }));
}
