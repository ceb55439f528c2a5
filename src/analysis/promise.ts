import type { Analysis, Check } from '../rollout/model.ts';

/** True for a check whose false alarms the analysis promises to bound: its evidence is anytime-valid. */
export function isPromised({ judge: { kind } }: Check): boolean {
  return kind === 'sequential' || kind === 'slo';
}

/** A check's part of the promised rate of false alarms, which covers the promised checks by weight. */
export function shareOfPromise({ checks }: Analysis, check: Check): number {
  const promised = checks.filter(isPromised);
  if (!promised.includes(check)) return 0;
  return check.weight / promised.reduce((sum, { weight }) => sum + weight, 0);
}
