import { normalQuantile, normalTail } from '../distributions/normal.ts';

/** How much of the false alarms may be spent early: hardly any, evenly, or by a power of the time. */
export type Spending =
  | { readonly kind: 'obrienFleming' }
  | { readonly kind: 'pocock' }
  | { readonly kind: 'power'; readonly rho: number };

/**
 * The part of `alpha`, the level of one side, that may be spent by the time a share `t` of the planned data is
 * there (Lan and DeMets 1983; Kim and DeMets 1987). 0 at the beginning, all of `alpha` at the end.
 */
export function spentBy(t: number, alpha: number, spending: Spending): number {
  switch (spending.kind) {
    case 'obrienFleming':
      return 2 * normalTail(-normalQuantile(alpha / 2) / Math.sqrt(t));
    case 'pocock':
      return alpha * Math.log1p((Math.E - 1) * t);
    case 'power':
      return alpha * t ** spending.rho;
  }
}
