import type { Verdict } from '../../rollout/model.ts';

/** Why data cannot be judged: too little of it is `undecided`, impossible data is `invalid`. */
export interface Flaw {
  readonly verdict: Extract<Verdict, 'undecided' | 'invalid'>;
  /** One sentence without a full stop. */
  readonly flaw: string;
}

/** Data that says too little. */
export function undecidable(flaw: string): Flaw {
  return { verdict: 'undecided', flaw };
}

/** Data that cannot be true. */
export function impossible(flaw: string): Flaw {
  return { verdict: 'invalid', flaw };
}

/** True for what could not be read or computed. */
export function isFlaw(value: unknown): value is Flaw {
  return typeof value === 'object' && value !== null && 'flaw' in value;
}
