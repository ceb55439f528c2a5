import type { Traffic } from '../analysis/power/traffic.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { runsOf } from '../strategy/ab.ts';
import { USUAL_CIRCUMSTANCES } from './scenario/circumstances.ts';
import { NOTHING_KNOWN, playable } from './scenario/playable.ts';
import type { Release } from './scenario/resolve-release.ts';
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
  /** Multiplies the share of users who convert. */
  readonly conversions: number;
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
const CONVERSIONS = 0.05;
const STABLE = 'v1' as RevisionId;
const CANDIDATE = 'v2' as RevisionId;
const NO_HARM: Harm = { words: 'none', errorRatio: 0, slowness: 1, conversions: 1 };

/** Two releases of each Rollout: of a version as good as the old one, and of one that is worse. */
export function twoVersions(settings: TrialSettings): readonly Trial[] {
  const { harm } = settings;
  return [
    { name: 'as good as the old version', scenario: scenarioOf(settings, NO_HARM) },
    { name: harm.words, scenario: scenarioOf(settings, harm) },
  ];
}

function scenarioOf({ tried, seed, untilMs, lookEveryMs }: TrialSettings, harm: Harm): Scenario {
  const parts = tried.map(({ rollout, traffic }) => ({ ...playable(rollout, NOTHING_KNOWN), traffic }));
  return {
    seed,
    ...(untilMs === undefined ? {} : { untilMs }),
    lookEveryMs,
    notes: [
      ...tried.map(({ rollout, words }) => `${rollout.name}: ${words}`),
      ...parts.flatMap(({ notes }) => notes),
    ],
    subjects: parts.map(({ rollout, traffic }) => {
      const release = releaseOf(rollout);
      const names = Object.values(release.variants ?? [release.version]);
      return {
        ...USUAL_CIRCUMSTANCES,
        rollout,
        load: { shape: { kind: 'constant', perSecond: traffic.requestsPerSecond }, bursts: [] },
        versions: versionsOf(names, traffic, harm),
        faults: names.flatMap((name) => faultsOf(name, harm)),
        outages: [],
        acts: [{ atMs: 0, ...release }],
      };
    }),
  };
}

/** One version, or one for each variant that is compared, which has its name. */
function releaseOf(rollout: Rollout): Release {
  const tracks = runsOf(rollout, true).flatMap(({ track }) => track ?? []);
  const variants = tracks.map((track) => [track, track.replace('variant:', '') as RevisionId] as const);
  const [first] = variants;
  if (first === undefined) return { kind: 'release', version: CANDIDATE };
  return { kind: 'release', version: first[1], variants: Object.fromEntries(variants) };
}

function versionsOf(
  names: readonly RevisionId[],
  { errorRatio, latency }: Traffic,
  harm: Harm,
): readonly [Version, ...Version[]] {
  const usual: Version = {
    name: STABLE,
    errorRatio,
    latency,
    startUpMs: START_UP_MS,
    conversionRatio: CONVERSIONS,
  };
  const worse = {
    errorRatio: Math.max(errorRatio, harm.errorRatio),
    conversionRatio: Math.min(1, CONVERSIONS * harm.conversions),
  };
  return [usual, ...names.map((name) => ({ ...usual, ...worse, name }))];
}

function faultsOf(version: RevisionId, { slowness }: Harm): readonly Fault[] {
  if (slowness === 1) return [];
  return [{ atMs: 0, forMs: Infinity, rampMs: 0, version, errorRatio: 0, slowness }];
}
