import { parseShare } from '../../src/base/share.ts';
import type { EventView, HistoryView, ReleaseView, RolloutView } from '../../src/api/resources.ts';
import type { RevisionView } from '../../src/api/revision-views.ts';
import type { RevisionId } from '../../src/rollout/model.ts';
import { compilePlan } from '../../src/strategy/compile.ts';
import type { Plan } from '../../src/strategy/plan.ts';
import { aRollout } from '../engine/rollouts.ts';

export const STABLE = 'r1-aaaaaaaaaaaa' as RevisionId;
export const CANARY = 'r1-bbbbbbbbbbbb' as RevisionId;
/** 2026-01-02 03:04:05 UTC. */
export const THEN = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The plan of a canary with two weights. */
export function aPlan(): Plan {
  return compilePlan(aRollout(), { hasStable: true, direct: false });
}

/** A Rollout at rest. */
export function aView(differences: Partial<RolloutView> = {}): RolloutView {
  return {
    name: 'shop',
    generation: 1,
    strategy: 'canary',
    phase: 'Healthy',
    message: `${STABLE} serves, 3 ready`,
    stable: STABLE,
    wanted: STABLE,
    replicas: 3,
    groups: [group('stable', STABLE, 3)],
    route: [{ track: 'stable', revision: STABLE, weight: parseShare('100%')! }],
    address: 'http://127.0.0.1:8080/',
    rates: [
      { track: 'stable', overMs: 5_000, requestsPerSecond: 190, errorRatio: 0.001, p50Ms: 20, p99Ms: 45 },
    ],
    document: aDocument(),
    ...differences,
  };
}

/** A Rollout in the first step of its release 2. */
export function aReleasingView(differences: Partial<ReleaseView> = {}): RolloutView {
  return aView({
    phase: 'Progressing',
    message: 'no harm so far; at most 110s more',
    wanted: CANARY,
    groups: [group('stable', STABLE, 3), group('canary', CANARY, 1)],
    route: [
      { track: 'stable', revision: STABLE, weight: parseShare('95%')! },
      { track: 'canary', revision: CANARY, weight: parseShare('5%')! },
    ],
    rates: [
      { track: 'stable', overMs: 5_000, requestsPerSecond: 190, errorRatio: 0.001, p50Ms: 20, p99Ms: 45 },
      { track: 'canary', overMs: 5_000, requestsPerSecond: 10.2, errorRatio: 0.05, p50Ms: 26, p99Ms: 61 },
    ],
    release: aRelease(differences),
  });
}

export function aRelease(differences: Partial<ReleaseView> = {}): ReleaseView {
  return {
    number: 2,
    from: STABLE,
    to: CANARY,
    startedAt: THEN,
    plan: aPlan(),
    step: 0,
    stage: 'wait',
    stageMs: 10_000,
    ageMs: 12_000,
    deadlineMs: 3_600_000,
    paused: false,
    judgement: {
      verdict: 'undecided',
      reason: 'not enough evidence',
      checks: [
        {
          name: 'errors',
          verdict: 'undecided',
          reason: '5% of 102 requests against 0.1%',
          harm: { logE: 2.3, logLimit: 4.6 },
          safe: { logE: -1, logLimit: 4.6 },
          candidate: 0.05,
          control: 0.001,
          samples: 102,
        },
      ],
    },
    served: { requests: 102, errors: 5 },
    ...differences,
  };
}

export function aHistoryView(differences: Partial<HistoryView> = {}): HistoryView {
  return {
    number: 1,
    to: STABLE,
    plan: aPlan(),
    startedAt: THEN,
    endedAt: THEN + 42_000,
    outcome: 'promoted',
    reason: 'first version',
    served: { requests: 1_000, errors: 1 },
    ...differences,
  };
}

export function aRevisionView(differences: Partial<RevisionView> = {}): RevisionView {
  return {
    id: CANARY,
    createdAt: THEN,
    release: 2,
    isStable: false,
    isRejected: false,
    isKept: true,
    ...differences,
  };
}

export function anEvent(id: number, differences: Partial<EventView> = {}): EventView {
  return {
    id,
    rollout: 'shop',
    at: THEN + id * 1_000,
    type: 'StepStarted',
    message: `step ${id}`,
    release: 2,
    revision: CANARY,
    ...differences,
  };
}

export function aDocument(name = 'shop'): RolloutView['document'] {
  return {
    apiVersion: 'coalmine.dev/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: {
      workload: { process: { from: '/srv/shop', command: ['node', 'server.js'], replicas: 3 } },
      traffic: { gateway: {} },
      strategy: { canary: { weights: ['5%', '50%'] } },
    },
  };
}

function group(
  track: 'stable' | 'canary',
  revision: RevisionId,
  count: number,
): RolloutView['groups'][number] {
  return {
    track,
    revision,
    running: count,
    ready: count,
    instances: Array.from({ length: count }, (_, index) => ({
      id: `${track}-${index}`,
      pid: 1_000 + index,
      port: 40_000 + index,
      state: 'ready',
      restarts: 0,
      since: THEN,
      rssBytes: 50 * 1024 * 1024,
    })),
  };
}
