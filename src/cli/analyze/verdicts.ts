import type { Verdict } from '../../rollout/model.ts';

/** How strict the exit status is. */
export interface Strictness {
  /** True: only what is good exits 0. */
  readonly strict?: boolean;
}

/** From the one that decides to the one that does not. */
const ORDER: readonly Verdict[] = ['bad', 'invalid', 'undecided', 'good'];

/** What several verdicts are together: the worst; nothing is undecided. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  return ORDER.find((verdict) => verdicts.includes(verdict)) ?? 'undecided';
}

/** The exit status of `analyze` for a verdict: 3 when it is bad, or when it has to be good and is not. */
export function statusOf(verdict: Verdict, { strict = false }: Strictness): number {
  return verdict === 'bad' || (strict && verdict !== 'good') ? 3 : 0;
}
