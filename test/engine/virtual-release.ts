import { fractionOf, parseShare } from '../../src/base/share.ts';
import { advance } from '../../src/engine/advance.ts';
import type { Decision } from '../../src/engine/decision.ts';
import type { Observation, Route, RoutePart } from '../../src/engine/observation.ts';
import { NEW_STATUS, type Series, type Status } from '../../src/engine/status.ts';
import type { CanaryStep, RevisionId, Rollout } from '../../src/rollout/model.ts';
import { randomFrom, type Random } from '../../bench/random.ts';
import { ArmCounts, drawSecond } from '../../bench/traces.ts';
import { aRollout, anAnalysis } from './rollouts.ts';

const OLD = 'r1-old' as RevisionId;
const NEW = 'r1-new' as RevisionId;
const ERROR_RATIO = 0.001;

/** The grammar's example of a web service, with every default. */
const usualRollout: Rollout = aRollout({
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

/** What a version does to its requests. */
export interface VersionBehaviour {
  readonly errorRate: number;
  /** Multiplies every latency. */
  readonly slowness: number;
}

/** The old version, and a new one that is as good. */
export const USUAL_BEHAVIOUR: VersionBehaviour = { errorRate: ERROR_RATIO, slowness: 1 };

class Traffic {
  readonly #random: Random;
  readonly #candidate: VersionBehaviour;
  readonly #series = new Map<string, { readonly part: RoutePart; readonly counts: ArmCounts }>();

  constructor(seed: number, candidate: VersionBehaviour) {
    this.#random = randomFrom(seed);
    this.#candidate = candidate;
  }

  serve(route: Route, perSecond: number): readonly Series[] {
    for (const part of route.parts) {
      const { counts } = this.#of(part);
      const behaviour = part.revision === NEW ? this.#candidate : USUAL_BEHAVIOUR;
      const requestsPerSecond = perSecond * fractionOf(part.weight);
      drawSecond(counts, { requestsPerSecond, ...behaviour }, this.#random);
    }
    return [...this.#series.values()].map(({ part, counts }) => ({ ...part, counters: counts.counters() }));
  }

  /** Requests that the candidate has served. */
  get candidateRequests(): number {
    const served = [...this.#series.values()].filter(({ part }) => part.revision === NEW);
    return served.reduce((sum, { counts }) => sum + counts.requests, 0);
  }

  #of(part: RoutePart): { readonly part: RoutePart; readonly counts: ArmCounts } {
    const key = `${part.track} ${part.revision}`;
    const known = { part, counts: this.#series.get(key)?.counts ?? new ArmCounts() };
    this.#series.set(key, known);
    return known;
  }
}

/** How a release in virtual time ended. */
export interface VirtualEnd {
  readonly outcome: string;
  readonly tookMs: number;
  /** Requests that the candidate served until then. */
  readonly candidateRequests: number;
}

/** What differs from a good release under the default policies. */
export interface VirtualSetting {
  readonly rollout?: Partial<Rollout>;
  readonly candidate?: VersionBehaviour;
  /** Told of every decision, and when it was made. */
  readonly onDecision?: (decision: Decision, now: number) => void;
}

/**
 * A release in virtual time: the real engine and judges against simulated requests, by default of a version that
 * is as good as the old one under the default policies. The same seed gives the same end.
 */
export function releaseInVirtualTime(
  perSecond: number,
  seed: number,
  setting: VirtualSetting = {},
): VirtualEnd {
  const traffic = new Traffic(seed, setting.candidate ?? USUAL_BEHAVIOUR);
  const rollout = { ...usualRollout, ...setting.rollout };
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
    setting.onDecision?.(decision, now);
    status = decision.status;
    route = decision.desired.route ?? route;
    if (decision.ended !== undefined) {
      const { candidateRequests } = traffic;
      return { outcome: decision.ended.outcome, tookMs: now, candidateRequests };
    }
    now += 1_000;
  }
}
