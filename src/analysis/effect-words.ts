import type { CheckJudgement, Effect } from './judgement.ts';

/** How much worse, with its interval: `error ratio ×1.4 of stable, 95% between ×0.9 and ×2.2; p 0.03`. */
export function effectWords({
  effect,
  pValue,
}: Pick<CheckJudgement, 'effect' | 'pValue'>): readonly string[] {
  if (effect === undefined) return pValue === undefined ? [] : [`p ${significant(pValue)}`];
  const size = effect.estimate === undefined ? '' : ` ×${significant(effect.estimate)} of stable,`;
  const p = pValue === undefined ? '' : `; p ${significant(pValue)}`;
  return [`${effect.of}${size} 95% ${intervalWords(effect)}${p}`];
}

function intervalWords({ low, high }: Effect): string {
  return high === undefined
    ? `at least ×${significant(low)}`
    : `between ×${significant(low)} and ×${significant(high)}`;
}

function significant(value: number): string {
  return value !== 0 && value < 1e-4 ? 'under 0.0001' : String(Number(value.toPrecision(2)));
}
