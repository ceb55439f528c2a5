/**
 * What holds when nothing is written, in the written form. The schema shows these values and `resolve.ts` reads
 * them, so that the two cannot differ.
 */
export const DEFAULTS = {
  replicas: 1,
  ready: { every: '1s', timeout: '1s', within: '30s', failures: 3 },
  live: { every: '5s', timeout: '1s', within: '30s', failures: 3 },
  stop: { signal: 'SIGTERM', drain: '20s' },
  restart: { firstDelay: '200ms', maxDelay: '30s', crashLoopAfter: 3, stableAfter: '30s' },
  gateway: { path: '/', timeout: '60s' },
  canary: { capacity: 'match', earlyPromotion: true },
  analyze: { atLeast: '30s', atMost: '10m' },
  analysis: {
    compareTo: 'stable',
    falseAlarms: '1%',
    warmUp: '30s',
    undecided: 'advance',
    noData: 'hold',
  },
  check: { every: '10s', weight: 1, failures: { limit: 0, consecutive: false } },
  deadline: '24h',
  onDeadline: 'rollBack',
  historyKeep: 10,
  suspend: false,
} as const;
