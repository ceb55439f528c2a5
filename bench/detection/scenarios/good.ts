import { bursting, disturbed } from './recorded-shapes.ts';
import { USUAL, type ServiceState, type SyntheticScenario, type TelemetryFaults } from './scenario.ts';
import { calm, drifting, quiet, restless, service } from './synthetic.ts';
import type { Noise } from '../../traces.ts';

interface Words {
  readonly id: string;
  readonly title: string;
  readonly isBeyondNull?: boolean;
  readonly telemetry?: TelemetryFaults;
  readonly canaryPerSecond?: number;
}

function good(words: Words, stateAt: SyntheticScenario['stateAt']): SyntheticScenario {
  return { kind: 'synthetic', canaryPerSecond: USUAL.canary, ...words, stateAt };
}

/** How much slower a process is while its caches are cold: half as slow again, gone within minutes. */
function coldness(second: number): number {
  return 1 + 0.5 * Math.exp(-second / 20);
}

/**
 * A customer with 2 requests a second of which 2 % fail, kept on one track for the whole release: on the
 * canary in one of ten, on the baseline in one of ten.
 */
function hotCustomer(second: number, noise: Noise): ServiceState {
  const state = service(calm(second, noise));
  const arm = noise.luck < 0.1 ? 'candidate' : noise.luck < 0.2 ? 'baseline' : 'stable';
  const { requestsPerSecond } = state[arm];
  const together = requestsPerSecond + 2;
  const part = { share: 2 / together, errorRate: 0.02, slowness: 1.2 };
  return { ...state, [arm]: { ...state[arm], requestsPerSecond: together, part } };
}

/** Failed calls are tried again, three times on the whole, and fail again. */
function retried(second: number, noise: Noise): ServiceState {
  const { candidate, baseline, stable } = service(calm(second, noise));
  return {
    candidate: { ...candidate, clump: 3 },
    baseline: { ...baseline, clump: 3 },
    stable: { ...stable, clump: 3 },
  };
}

function withoutCanaryTraffic(second: number, noise: Noise): ServiceState {
  const state = service(calm(second, noise));
  return { ...state, candidate: { ...state.candidate, requestsPerSecond: 0 } };
}

/** Releases that change nothing: who is stopped here was stopped wrongly. */
export const GOOD: readonly SyntheticScenario[] = [
  good({ id: 'steady', title: 'steady' }, (s, n) => service(calm(s, n))),
  good({ id: 'bursts', title: 'tide and shared bursts' }, (s, n) => service(restless(s, n))),
  good({ id: 'drift-1', title: 'arms drift by 1 %' }, (s, n) =>
    drifting(s, n, { canary: 0.01, stable: 0.01 }),
  ),
  good({ id: 'drift-3', title: 'arms drift by 3 %', isBeyondNull: true }, (s, n) =>
    drifting(s, n, { canary: 0.03, stable: 0.03 }),
  ),
  good({ id: 'drift-3-1', title: 'canary drifts by 3 %, stable by 1 %', isBeyondNull: true }, (s, n) =>
    drifting(s, n, { canary: 0.03, stable: 0.01 }),
  ),
  good({ id: 'bias-2', title: 'canary 2 % slower' }, (s, n) => service(calm(s, n), { slowness: 1.02 })),
  good({ id: 'quiet', title: '1 request/s, .5 % errors', canaryPerSecond: 1 }, () => quiet()),
  good({ id: 'nab-elb', title: 'load of a real balancer (NAB ELB)' }, (s, n) => service(bursting(s, n))),
  good({ id: 'nab-ec2', title: 'shared latency of a real failure (NAB EC2)' }, (s, n) =>
    service(disturbed(s, n)),
  ),
  good({ id: 'retries', title: 'failed calls retried 3 times', isBeyondNull: true }, retried),
  good({ id: 'hot-customer', title: 'one hot customer on one track', isBeyondNull: true }, hotCustomer),
  good({ id: 'cold', title: 'cold start, 50 % slower at first', isBeyondNull: true }, (s, n) =>
    service(calm(s, n), { slowness: coldness(s) }, { slowness: coldness(s) }),
  ),
  good(
    {
      id: 'missing',
      title: 'lost scrapes: 10 %, and 90 s',
      telemetry: { missing: { share: 0.1, gapSeconds: 90 } },
    },
    (s, n) => service(restless(s, n)),
  ),
  good(
    { id: 'skew', title: 'bursts, canary read 3 s late', isBeyondNull: true, telemetry: { skewSeconds: 3 } },
    (s, n) => service(restless(s, n)),
  ),
  good({ id: 'resets', title: 'counters reset 6 times an hour', telemetry: { resetsPerHour: 6 } }, (s, n) =>
    service(calm(s, n)),
  ),
  good({ id: 'silent', title: 'no canary traffic' }, withoutCanaryTraffic),
];
