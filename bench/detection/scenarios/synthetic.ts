import type { ArmState, Noise } from '../../traces.ts';
import { USUAL, type ServiceState } from './scenario.ts';

/** What differs from the usual service in one arm. */
export type Change = Partial<Omit<ArmState, 'requestsPerSecond'>>;
/** What all arms share at one second. */
export type Common = Change & { readonly load: number };
type CommonAt = (second: number, noise: Noise) => Common;

/** Load alone moves, a little. */
export const calm: CommonAt = (_, noise) => ({ load: 1 + 0.05 * noise.load });

/** A tide of load, and bursts in which every arm fails and slows. */
export const restless: CommonAt = (second, noise) => {
  const isBurst = noise.bursts.some((start) => second >= start && second < start + 40);
  const tide = 1 + 0.3 * Math.sin((2 * Math.PI * second) / 3_600);
  return {
    load: (1 + 0.05 * noise.load) * tide,
    errorRate: isBurst ? 0.05 : USUAL.errorRate,
    slowness: (isBurst ? 1.5 : 1) * (1 + 0.1 * (tide - 1)),
  };
};

/** The whole service from what is common and what is the candidate's and the baseline's own. */
export function service(
  { load, ...common }: Common,
  candidate: Change = {},
  baseline: Change = {},
): ServiceState {
  const usual = { errorRate: USUAL.errorRate, slowness: 1, ...common };
  const own = (change: Change): Change & { readonly slowness: number } => ({
    ...change,
    slowness: usual.slowness * (change.slowness ?? 1),
  });
  return {
    candidate: { requestsPerSecond: USUAL.canary * load, ...usual, ...own(candidate) },
    baseline: { requestsPerSecond: USUAL.baseline * load, ...usual, ...own(baseline) },
    stable: { requestsPerSecond: USUAL.stable * load, ...usual },
  };
}

/** Each arm's latency and error rate wander by themselves: neighbours on its machines. */
export function drifting(second: number, noise: Noise, by: { canary: number; stable: number }): ServiceState {
  const { load } = calm(second, noise);
  const arm = (requestsPerSecond: number, drift: number): ArmState => ({
    requestsPerSecond: requestsPerSecond * load,
    errorRate: USUAL.errorRate * Math.exp(drift),
    slowness: Math.exp(drift),
  });
  return {
    candidate: arm(USUAL.canary, by.canary * noise.candidate),
    baseline: arm(USUAL.baseline, by.canary * noise.baseline),
    stable: arm(USUAL.stable, by.stable * noise.control),
  };
}

/** A service with one request a second on the canary and 0.5 % errors. */
export function quiet(candidateErrors = 0.005): ServiceState {
  const arm = (requestsPerSecond: number, errorRate = 0.005): ArmState => ({
    requestsPerSecond,
    errorRate,
    slowness: 1,
  });
  return { candidate: arm(1, candidateErrors), baseline: arm(1), stable: arm(9) };
}
