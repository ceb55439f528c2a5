import type { Verdict } from '../../rollout/model.ts';
import type { Conclusion, Interval } from './contrast.ts';
import type { EffectPower } from './effect-power.ts';
import type { Measured } from './measured.ts';
import type { Terms } from './terms.ts';

/** What was compared and how far apart it is. */
export function comparisonInWords(
  { values, contrast }: Measured,
  { interval, pValue }: Conclusion,
  terms: Terms,
): string {
  const written = unitOf(terms);
  const side = contrast.estimate < 0 ? 'lower' : 'higher';
  const level = `${figure((1 - terms.alpha) * 100)} % interval`;
  const range = interval === undefined ? '' : `${level} ${rangeInWords(interval, written)}, `;
  return (
    `candidate ${figure(values.candidate)} against control ${figure(values.control)}, ` +
    `${written(Math.abs(contrast.estimate))} ${side} (${range}p ${probability(pValue)})`
  );
}

/** What follows from it. */
export function outcomeInWords(verdict: Verdict, terms: Terms, { power, powerFor }: EffectPower): string {
  const { margin, minimumEffect = 0, alpha } = terms;
  const written = unitOf(terms);
  if (verdict === 'good')
    return margin === undefined ? 'significantly better' : `not worse by ${written(margin)}`;
  if (verdict === 'bad' && margin !== undefined) return `worse by more than ${written(margin)}`;
  if (verdict === 'bad') return terms.goal === 'same' ? 'significantly different' : 'significantly worse';
  const found = `; ${written(minimumEffect)} would have been found with probability ${figure(power)}`;
  const open =
    margin === undefined ? 'no significant difference' : `neither within nor beyond ${written(margin)}`;
  return `${open} at alpha ${figure(alpha)}${powerFor === 'minimumEffect' ? found : ''}`;
}

/** How a difference is written: as it is, or as a share of the control. */
function unitOf({ relative }: Terms): (difference: number) => string {
  return relative ? (difference) => `${figure(difference * 100)} %` : figure;
}

function rangeInWords([low, high]: Interval, written: (value: number) => string): string {
  if (low === null) return `up to ${written(high ?? 0)}`;
  return high === null ? `from ${written(low)}` : `${written(low)} to ${written(high)}`;
}

/** A number with four digits. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** A p-value as people write it. */
export function probability(p: number): string {
  return p < 0.0001 ? 'below 0.0001' : String(Number(p.toPrecision(2)));
}
