import type { Outcome } from '../../rollout/model.ts';
import { VERSIONS, type ShopVersion } from './versions.ts';

/** How the demo shows one strategy. */
export interface DemoStrategy {
  /** What people see, in a sentence. */
  readonly seen: string;
  readonly replicas: number;
  /** `spec.strategy`, with steps short enough to be watched. */
  readonly strategy: string;
  /** `spec.analysis`; without one a version is judged by its start alone. */
  readonly analysis?: string;
  /** What is not promoted by it, and how that ends. */
  readonly worse: { readonly version: ShopVersion; readonly outcome: Outcome };
}

const FOUND_BAD = { version: VERSIONS.bad, outcome: 'rolledBack' } as const;

const CANARY = `canary:
      steps:
        - weight: 10%
        - analyze: { atLeast: 4s, atMost: 20s }
        - weight: 50%
        - analyze: { atLeast: 3s, atMost: 15s }`;

const COMPARED = `{ warmUp: 2s, checks: [
    { name: errors, errors: {}, worseBy: 50%, safe: "2%", floor: 0.5% },
    { name: latency, latency: {}, worseBy: 10% } ] }`;

/** Once all traffic has moved there is nobody left to compare with. */
const LIMITED = '{ warmUp: 1s, checks: [{ name: errors, errors: {}, max: 2%, every: 2s }] }';

/** Every strategy that can be shown. */
export const DEMO_STRATEGIES = {
  canary: {
    seen: 'the new version gets a tenth of the requests, then half of them, then all, as long as it does no harm',
    replicas: 2,
    strategy: CANARY,
    analysis: COMPARED,
    worse: FOUND_BAD,
  },
  ramped: {
    seen: 'replicas are replaced one by one, traffic follows them, and each batch is judged',
    replicas: 3,
    strategy: 'ramped: { maxSurge: 1 }',
    analysis: COMPARED,
    worse: FOUND_BAD,
  },
  blueGreen: {
    seen: 'a second set of processes gets all requests at once; the first one waits, in case it has to take over again',
    replicas: 2,
    strategy: 'blueGreen: { bake: 8s, keepStable: 30s }',
    analysis: LIMITED,
    worse: FOUND_BAD,
  },
  shadow: {
    seen: 'the new version first gets copies of requests, whose answers nobody sees, and goes on as a canary after that',
    replicas: 2,
    strategy: `shadow:
      share: 30%
      until: { atMost: 15s }
      then:
        ${CANARY.replaceAll('\n', '\n    ')}`,
    analysis: COMPARED,
    worse: FOUND_BAD,
  },
  ab: {
    seen: 'half of the visitors meet the new version and stay with it, until it is known in which more of them order',
    replicas: 2,
    strategy: `ab:
      unit: { cookie: visitor }
      variants: [{ name: today, stable: true }, { name: new }]
      goal: { conversion: { method: POST, path: /orders } }
      endWhen: { atMost: 40s }`,
    worse: { version: VERSIONS.unloved, outcome: 'completed' },
  },
  recreate: {
    seen: 'the old version stops before the new one starts; requests in between fail, as the plan says',
    replicas: 2,
    strategy: 'recreate: {}',
    // Nothing but its start tells of it.
    worse: { version: VERSIONS.unready, outcome: 'rolledBack' },
  },
} as const satisfies Readonly<Record<string, DemoStrategy>>;

/** A strategy that can be shown. */
export type DemoStrategyName = keyof typeof DEMO_STRATEGIES;
