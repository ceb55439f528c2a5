import { parseDuration } from '../base/duration.ts';
import { parseShare, type Share } from '../base/share.ts';
import { DEFAULTS } from '../rollout/defaults.ts';
import type { CanaryStep, CountOrShare, Rollout, Strategy } from '../rollout/model.ts';
import type { StrategyName } from './explain.ts';

const ANALYZE = {
  atLeastMs: parseDuration(DEFAULTS.analyze.atLeast) ?? 0,
  atMostMs: parseDuration(DEFAULTS.analyze.atMost) ?? 0,
};

const SHARES: readonly Share[] = ['1%', '5%', '25%', '50%'].map((text) => parseShare(text) as Share);
const SIZES: readonly CountOrShare[] = [
  { count: 1 },
  { share: parseShare('25%') as Share },
  { share: parseShare('50%') as Share },
];

/** Strategies as a Rollout would have them that says no more. */
const USUAL: Readonly<Partial<Record<StrategyName, (hasTraffic: boolean) => Strategy>>> = {
  recreate: () => ({ kind: 'recreate' }),
  ramped: () => ({
    kind: 'ramped',
    maxSurge: { share: parseShare(DEFAULTS.ramped.maxSurge) as Share },
    maxUnavailable: { count: DEFAULTS.ramped.maxUnavailable },
    analyze: ANALYZE,
  }),
  blueGreen: () => ({
    kind: 'blueGreen',
    bakeMs: parseDuration(DEFAULTS.blueGreen.bake) ?? 0,
    keepStableMs: parseDuration(DEFAULTS.blueGreen.keepStable) ?? 0,
  }),
  canary: (hasTraffic) => ({ kind: 'canary', steps: usualSteps(hasTraffic), ...DEFAULTS.canary }),
  shadow: () => ({
    kind: 'shadow',
    share: parseShare('10%') as Share,
    methods: DEFAULTS.mirror.methods,
    until: { atMostMs: parseDuration(DEFAULTS.shadow.until.atMost) ?? 0 },
  }),
};

/** What a Rollout says, or a strategy of this name that says no more; undefined for what has no such form. */
export function usualStrategy(name: StrategyName, { strategy, traffic }: Rollout): Strategy | undefined {
  return strategy.kind === name ? strategy : USUAL[name]?.(traffic !== undefined);
}

function usualSteps(hasTraffic: boolean): readonly CanaryStep[] {
  const moves: readonly CanaryStep[] = hasTraffic
    ? SHARES.map((weight) => ({ kind: 'weight', weight }))
    : SIZES.map((replicas) => ({ kind: 'replicas', replicas }));
  return moves.flatMap((move): CanaryStep[] => [move, { kind: 'analyze', ...ANALYZE }]);
}
