import type { Traffic } from '../analysis/power/traffic.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { measurable } from './scenario/measurable.ts';
import type { Fault, Scenario, Version } from './scenario/model.ts';

/** A new version to try a policy with. */
export interface Trial {
  /** What is wrong with it, in words. */
  readonly name: string;
  readonly scenario: Scenario;
}

/** How a version is worse. */
export interface Harm {
  /** As the user wrote it. */
  readonly words: string;
  /** The share of its answers that fail, where fewer did before. */
  readonly errorRatio: number;
  /** Multiplies latencies. */
  readonly slowness: number;
}

/** A Rollout, and what its users send. */
export interface Tried {
  readonly rollout: Rollout;
  readonly traffic: Traffic;
  /** That traffic in words. */
  readonly words: string;
}

/** What is tried. */
export interface TrialSettings {
  readonly tried: readonly Tried[];
  readonly harm: Harm;
  readonly seed: number;
  readonly untilMs?: number;
  readonly lookEveryMs: number;
}

const START_UP_MS = 2_000;
const STABLE = 'v1' as RevisionId;
const CANDIDATE = 'v2' as RevisionId;
const NO_HARM: Harm = { words: 'none', errorRatio: 0, slowness: 1 };

/** Two releases of each Rollout: of a version as good as the old one, and of one that is worse. */
export function twoVersions(settings: TrialSettings): readonly Trial[] {
  const { harm } = settings;
  return [
    { name: 'as good as the old version', scenario: scenarioOf(settings, NO_HARM) },
    { name: harm.words, scenario: scenarioOf(settings, harm) },
  ];
}

function scenarioOf({ tried, seed, untilMs, lookEveryMs }: TrialSettings, harm: Harm): Scenario {
  const parts = tried.map(({ rollout, traffic }) => ({ ...measurable(rollout), traffic }));
  return {
    seed,
    ...(untilMs === undefined ? {} : { untilMs }),
    lookEveryMs,
    notes: [
      ...tried.map(({ rollout, words }) => `${rollout.name}: ${words}`),
      ...parts.flatMap(({ notes }) => notes),
    ],
    subjects: parts.map(({ rollout, traffic }) => ({
      rollout,
      load: { shape: { kind: 'constant', perSecond: traffic.requestsPerSecond }, bursts: [] },
      versions: versionsOf(traffic, harm),
      faults: faultsOf(harm),
      outages: [],
      acts: [{ atMs: 0, kind: 'release', version: CANDIDATE }],
    })),
  };
}

function versionsOf({ errorRatio, latency }: Traffic, harm: Harm): readonly [Version, Version] {
  const usual: Version = { name: STABLE, errorRatio, latency, startUpMs: START_UP_MS };
  return [usual, { ...usual, name: CANDIDATE, errorRatio: Math.max(errorRatio, harm.errorRatio) }];
}

function faultsOf({ slowness }: Harm): readonly Fault[] {
  if (slowness === 1) return [];
  return [{ atMs: 0, forMs: Infinity, rampMs: 0, version: CANDIDATE, errorRatio: 0, slowness }];
}
