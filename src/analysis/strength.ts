import type { Strength } from './judgement.ts';

/** Evidence as a part of what decides: 1 where it does, 0 for none. */
export function fractionOfLimit({ logE, logLimit }: Strength): number {
  if (!(logLimit > 0)) return logE >= logLimit ? 1 : 0;
  return Math.min(1, Math.max(0, logE / logLimit));
}
