import type { ArmState, Noise, Scenario } from './traces.ts';

/** The set-up of every scenario unless it says otherwise: 20 requests/s on the canary, 180 on stable, 0.1 % errors. */
const CANARY = 20;
const STABLE = 180;
const ERROR_RATE = 0.001;

/** A fault, and the second of the release at which it begins. */
export interface Fault {
  readonly name: string;
  readonly scenario: Scenario;
  readonly fromSecond: number;
  /** What must be reached, in seconds. */
  readonly target?: { readonly median: number; readonly p90?: number };
}

type Change = Partial<ArmState>;

function shared(noise: Noise, second: number, isRestless = false): Change & { readonly load: number } {
  const load = 1 + 0.05 * noise.load;
  if (!isRestless) return { load };
  const isBurst = noise.bursts.some((start) => second >= start && second < start + 40);
  const tide = 1 + 0.3 * Math.sin((2 * Math.PI * second) / 3600);
  return {
    load: load * tide,
    errorRate: isBurst ? 0.05 : ERROR_RATE,
    slowness: (isBurst ? 1.5 : 1) * (1 + 0.1 * (tide - 1)),
  };
}

function faulty(change: Change, fromSecond = 0): Scenario {
  return (second, noise) => {
    const { load } = shared(noise, second);
    const usual = { errorRate: ERROR_RATE, slowness: 1 };
    return {
      candidate: { requestsPerSecond: CANARY * load, ...usual, ...(second < fromSecond ? {} : change) },
      control: { requestsPerSecond: STABLE * load, ...usual },
    };
  };
}

/** Faults of the canary, with the targets that are set for them. */
export function faults(secondsPerStep: number): readonly Fault[] {
  const third = 2 * secondsPerStep;
  return [
    { name: 'errors .1 % → .5 %', scenario: faulty({ errorRate: 0.005 }), fromSecond: 0 },
    {
      name: 'errors .1 % → 1 %',
      scenario: faulty({ errorRate: 0.01 }),
      fromSecond: 0,
      target: { median: 40, p90: 80 },
    },
    {
      name: 'errors .1 % → 5 %',
      scenario: faulty({ errorRate: 0.05 }),
      fromSecond: 0,
      target: { median: 6 },
    },
    {
      name: 'errors .1 % → 50 %',
      scenario: faulty({ errorRate: 0.5 }),
      fromSecond: 0,
      target: { median: 3 },
    },
    { name: 'latency +10 %', scenario: faulty({ slowness: 1.1 }), fromSecond: 0, target: { median: 140 } },
    { name: 'latency +30 %', scenario: faulty({ slowness: 1.3 }), fromSecond: 0, target: { median: 10 } },
    { name: 'slowest 5 % × 1.3', scenario: faulty({ tail: { share: 0.05, factor: 1.3 } }), fromSecond: 0 },
    {
      name: 'slowest 2 % × 3',
      scenario: faulty({ tail: { share: 0.02, factor: 3 } }),
      fromSecond: 0,
      target: { median: 30 },
    },
    { name: 'errors → 1 % from step 3', scenario: faulty({ errorRate: 0.01 }, third), fromSecond: third },
    { name: 'latency +30 % from step 3', scenario: faulty({ slowness: 1.3 }, third), fromSecond: third },
  ];
}

/** Releases that change nothing: who is stopped here was stopped wrongly. */
export const HARMLESS: readonly { readonly name: string; readonly scenario: Scenario }[] = [
  { name: 'steady', scenario: faulty({}) },
  { name: 'tide and bursts', scenario: restless },
  { name: 'arms drift by 1 %', scenario: drifting(0.01) },
  { name: 'canary drifts by 3 %, stable by 1 %', scenario: drifting(0.03, 0.01) },
  { name: 'arms drift by 3 %', scenario: drifting(0.03) },
  { name: 'canary 2 % slower', scenario: faulty({ slowness: 1.02 }) },
  { name: '1 request/s, .5 % errors', scenario: quiet },
];

function restless(second: number, noise: Noise): ReturnType<Scenario> {
  const { load, ...common } = shared(noise, second, true);
  const usual = { errorRate: ERROR_RATE, slowness: 1, ...common };
  return {
    candidate: { requestsPerSecond: CANARY * load, ...usual },
    control: { requestsPerSecond: STABLE * load, ...usual },
  };
}

/**
 * Each arm's latency and error rate wander by themselves, slowly: neighbours on its machines. Nine times as
 * many machines wander a third as far together.
 */
function drifting(canaryBy: number, stableBy = canaryBy): Scenario {
  const arm = (requestsPerSecond: number, drift: number): ArmState => ({
    requestsPerSecond,
    errorRate: ERROR_RATE * Math.exp(drift),
    slowness: Math.exp(drift),
  });
  return (second, noise) => {
    const { load } = shared(noise, second);
    return {
      candidate: arm(CANARY * load, canaryBy * noise.candidate),
      control: arm(STABLE * load, stableBy * noise.control),
    };
  };
}

function quiet(): ReturnType<Scenario> {
  const usual = { errorRate: 0.005, slowness: 1 };
  return { candidate: { requestsPerSecond: 1, ...usual }, control: { requestsPerSecond: 9, ...usual } };
}
