import { bucketOf, NO_REQUESTS, type TrackCounters } from '../../src/analysis/measurement.ts';
import { fractionOf, parseShare } from '../../src/base/share.ts';
import { advance } from '../../src/engine/advance.ts';
import type { Decision } from '../../src/engine/decision.ts';
import type { Observation, Route } from '../../src/engine/observation.ts';
import { NEW_STATUS, type Series, type Status } from '../../src/engine/status.ts';
import type { CanaryStep, RevisionId, Rollout } from '../../src/rollout/model.ts';
import { randomFrom, type Random } from '../../bench/random.ts';
import { aRollout, anAnalysis } from './rollouts.ts';

const OLD = 'r1-old' as RevisionId;
const NEW = 'r1-new' as RevisionId;
const ERROR_RATIO = 0.001;

/** The grammar's example of a web service, with every default. */
const rollout: Rollout = aRollout({
  strategy: { kind: 'canary', steps: steps(), capacity: 'match', earlyPromotion: true },
  analysis: anAnalysis({ warmUpMs: 30_000 }),
  deadlineMs: 86_400_000,
});

function steps(): CanaryStep[] {
  return ['1%', '5%', '25%', '50%'].flatMap((weight): CanaryStep[] => [
    { kind: 'weight', weight: parseShare(weight)! },
    { kind: 'analyze', atLeastMs: 30_000, atMostMs: 600_000 },
  ]);
}

class Traffic {
  readonly #random: Random;
  readonly #series = new Map<string, Series>();

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  serve(route: Route, perSecond: number): readonly Series[] {
    for (const part of route.parts) {
      const key = `${part.track} ${part.revision}`;
      const before = this.#series.get(key)?.counters ?? NO_REQUESTS;
      const requests = this.#random.poisson(perSecond * fractionOf(part.weight));
      this.#series.set(key, { ...part, counters: this.#add(before, requests) });
    }
    return [...this.#series.values()];
  }

  #add(before: TrackCounters, requests: number): TrackCounters {
    const latency = new Map(before.latency);
    for (let n = 0; n < requests; n += 1) {
      const bucket = bucketOf(80 * Math.exp(0.55 * this.#random.normal()));
      latency.set(bucket, (latency.get(bucket) ?? 0) + 1);
    }
    return {
      requests: before.requests + requests,
      errors: before.errors + this.#random.binomial(requests, ERROR_RATIO),
      latency: [...latency].sort(([a], [b]) => a - b),
    };
  }
}

/** How a release in virtual time ended. */
export interface VirtualEnd {
  readonly outcome: string;
  readonly tookMs: number;
}

/**
 * A release of a version that is as good as the old one, under the default policies, in virtual time: the real
 * engine and judges against simulated requests. The same seed gives the same end.
 */
export function releaseInVirtualTime(perSecond: number, seed: number): VirtualEnd {
  const traffic = new Traffic(seed);
  let status: Status = { ...NEW_STATUS, stable: OLD, phase: 'Healthy' };
  let route: Route = { parts: [] };
  let now = 0;
  for (;;) {
    const seen: Observation = {
      wanted: { revision: NEW, mode: 'strategy' },
      groups: [OLD, NEW].map((revision) => ({ revision, running: 3, ready: 3 })),
      route,
      reading: { epoch: 'bench', at: now, series: traffic.serve(route, perSecond) },
    };
    const decision: Decision = advance(rollout, status, seen, now);
    status = decision.status;
    route = decision.desired.route ?? route;
    if (decision.ended !== undefined) return { outcome: decision.ended.outcome, tookMs: now };
    now += 1_000;
  }
}
