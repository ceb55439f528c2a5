import { parseShare } from '../../src/base/share.ts';
import type { Analysis, CanaryStep, CountOrShare, Rollout } from '../../src/rollout/model.ts';

/** A Rollout for tests, with what matters to the test replaced. */
export function aRollout(differences: Partial<Rollout> = {}, replicas = 3): Rollout {
  return {
    name: 'shop',
    workload: {
      kind: 'process',
      from: { path: '/srv/shop' },
      command: ['node', 'server.js'],
      replicas,
      env: {},
      envFiles: [],
      stop: { signal: 'SIGTERM', drainMs: 1_000 },
      limits: {},
      restart: { firstDelayMs: 200, maxDelayMs: 30_000, crashLoopAfter: 4, stableAfterMs: 10_000 },
    },
    traffic: { kind: 'gateway', path: '/', timeoutMs: 60_000 },
    strategy: { kind: 'canary', steps: weights('5%', '50%'), capacity: 'match', earlyPromotion: true },
    analysis: anAnalysis(),
    sources: [],
    gates: [],
    hooks: [],
    notify: [],
    deadlineMs: 3_600_000,
    onDeadline: 'rollBack',
    historyKeep: 10,
    rollbackWindow: 0,
    suspend: false,
    ...differences,
  };
}

/** Short-form weights: each with an analysis of at least 10 s and at most 2 min. */
export function weights(...shares: readonly string[]): CanaryStep[] {
  return shares.flatMap((share): CanaryStep[] => [
    { kind: 'weight', weight: parseShare(share)! },
    { kind: 'analyze', atLeastMs: 10_000, atMostMs: 120_000 },
  ]);
}

/** Short-form sizes, each with an analysis of at least 10 s and at most 2 min. */
export function replicas(...sizes: readonly CountOrShare[]): CanaryStep[] {
  return sizes.flatMap((size): CanaryStep[] => [
    { kind: 'replicas', replicas: size },
    { kind: 'analyze', atLeastMs: 10_000, atMostMs: 120_000 },
  ]);
}

/** A Rollout of workers, which nobody sends requests to and nothing judges. */
export function aWorker(differences: Partial<Rollout> = {}, count = 4): Rollout {
  const { traffic: _, analysis: _unused, ...rollout } = aRollout(differences, count);
  return { ...rollout, ...differences };
}

/** Errors and latency against stable, without warm-up. */
export function anAnalysis(differences: Partial<Analysis> = {}): Analysis {
  return {
    compareTo: 'stable',
    falseAlarms: 0.01,
    warmUpMs: 0,
    undecided: 'advance',
    noData: 'hold',
    standingAA: false,
    checks: [
      {
        name: 'errors',
        metric: { kind: 'errors' },
        judge: { kind: 'sequential', worseBy: 0.5, safe: { ratio: 2 } },
        floor: 0.002,
        weight: 1,
      },
      {
        name: 'latency',
        metric: { kind: 'latency' },
        judge: { kind: 'sequential', worseBy: 0.03 },
        weight: 1,
      },
    ],
    ...differences,
  };
}
