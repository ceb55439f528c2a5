import { FULL_SHARE } from '../base/share.ts';
import type { Step } from './plan.ts';

/**
 * The end of every plan that keeps two versions alive: the candidate at full size takes all traffic while
 * stable stands by, and only then is the old version retired.
 */
export function switchOver(): readonly Step[] {
  const all = { share: FULL_SHARE };
  const weights = { canary: FULL_SHARE };
  const common = { weights, wait: { kind: 'none' }, exclusive: false } as const;
  return [
    {
      ...common,
      title: 'all traffic to the new version',
      size: { stable: all, canary: all },
      promoting: false,
    },
    { ...common, title: 'retire the old version', size: { canary: all }, promoting: true },
  ];
}
