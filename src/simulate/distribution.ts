import type { SimulatedRelease, SimulationResult } from './result.ts';
import { harmedOf } from './tally.ts';

/** How the releases of one version went, over many runs or Rollouts. */
export interface Distribution {
  /** Absent: of all Rollouts. */
  readonly rollout?: string;
  readonly version: string;
  readonly releases: number;
  /** How many ended so. */
  readonly outcomes: Readonly<Partial<Record<SimulatedRelease['outcome'], number>>>;
  /** Milliseconds until the outcome. */
  readonly tookMs: Quantiles;
  /** Requests of the new version that were harmed until the outcome. */
  readonly harmed: Quantiles;
}

/** The middle, nine of ten, and the most. */
export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
  readonly most: number;
}

/** Every release of every run, by version, and by Rollout where these are told apart; in the order of their first appearance. */
export function distributionsOf(
  results: readonly SimulationResult[],
  by: 'rollout' | 'version',
): readonly Distribution[] {
  const groups = new Map<string, { readonly rollout: string; readonly releases: SimulatedRelease[] }>();
  for (const { name, releases } of results.flatMap(({ rollouts }) => rollouts)) {
    for (const release of releases) {
      const key = by === 'rollout' ? `${name} ${release.to}` : release.to;
      const group = groups.get(key) ?? { rollout: name, releases: [] };
      group.releases.push(release);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ rollout, releases }) => ({
    ...(by === 'rollout' ? { rollout } : {}),
    ...distributionOf(releases),
  }));
}

function distributionOf(releases: readonly SimulatedRelease[]): Omit<Distribution, 'rollout'> {
  const outcomes: Partial<Record<SimulatedRelease['outcome'], number>> = {};
  for (const { outcome } of releases) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    version: releases[0]?.to ?? '',
    releases: releases.length,
    outcomes,
    tookMs: quantilesOf(releases.map(({ tookMs }) => tookMs)),
    harmed: quantilesOf(releases.map(({ candidate }) => harmedOf(candidate))),
  };
}

function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p90: at(0.9), most: at(1) };
}
