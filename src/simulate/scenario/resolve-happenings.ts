import { fractionOf } from '../../base/share.ts';
import type { Command } from '../../engine/steer.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import { itemPath } from '../../rollout/path.ts';
import {
  field,
  item,
  LONG,
  LONG_OR_NONE,
  readDuration,
  readMargin,
  readShare,
  tell,
  type Place,
} from '../../rollout/place.ts';
import type { Act, Fault, Outage } from './model.ts';
import { tellUnknown } from './resolve-circumstances.ts';
import { releaseOf, tellRelease } from './resolve-release.ts';
import { tellVote, voteOf } from './resolve-vote.ts';
import { SCENARIO_DEFAULTS, type ScenarioDocument } from './schema.ts';

/** A happening as it is written. */
export type WrittenHappening = NonNullable<ScenarioDocument['happens']>[number];
type WrittenFault = NonNullable<WrittenHappening['fault']>;

/** A happening that may be repeated, for some of the Rollouts; its times begin at 0. */
export interface Happening {
  readonly startsMs: readonly number[];
  /** Each Rollout's own delay is drawn from this. */
  readonly spreadMs: number;
  /** Absent: for all Rollouts. */
  readonly rollout?: string;
  readonly acts: readonly Act[];
  readonly faults: readonly Fault[];
  readonly outages: readonly Outage[];
}

/** What the happenings may name. */
export interface Known {
  readonly versions: readonly string[];
  /** Names of Rollouts, with and without the number of the copy. */
  readonly rollouts: readonly string[];
  /** The Rollouts that a happening is for which names this one, or none. */
  readonly concerned: (rollout: string | undefined) => readonly Rollout[];
  /** The end of the simulation, where one is written. */
  readonly untilMs: number | undefined;
}

/** A happening is repeated no more often. */
const MOST_REPEATS = 10_000;

/** What happens, as it is written. */
export function resolveHappenings(
  written: readonly WrittenHappening[],
  place: Place,
  known: Known,
): readonly Happening[] {
  return written.map((one, index) => {
    const at = { ...place, path: itemPath(place.path, index) };
    tellUnknown(one.rollout, known.rollouts, { what: 'Rollout', place: field(at, 'rollout') });
    tellVersions(one, known, at);
    const concerned = known.concerned(one.rollout);
    tellRelease(one, at, concerned);
    tellVote(one, at, concerned);
    return {
      startsMs: startsOf(one, at, known),
      spreadMs: one.spread === undefined ? 0 : readDuration(field(at, 'spread'), one.spread, LONG_OR_NONE),
      ...(one.rollout === undefined ? {} : { rollout: one.rollout }),
      acts: actsOf(one),
      faults: one.fault === undefined ? [] : [faultOf(one.fault, field(at, 'fault'))],
      outages: outagesOf(one, at),
    };
  });
}

function startsOf(
  { at, every, times }: WrittenHappening,
  place: Place,
  { untilMs }: Known,
): readonly number[] {
  const firstMs = readDuration(field(place, 'at'), at, LONG_OR_NONE);
  if (every === undefined) {
    if (times !== undefined) tell(field(place, 'times'), 'is only for what happens again', 'add every: 8h');
    return [firstMs];
  }
  const everyMs = Math.max(1, readDuration(field(place, 'every'), every, LONG));
  if (times === undefined && untilMs === undefined) {
    tell(field(place, 'every'), 'never ends', 'add times, or an end of the scenario: until: 24h');
    return [firstMs];
  }
  const count = Math.min(times ?? Infinity, Math.ceil(((untilMs ?? Infinity) - firstMs) / everyMs));
  if (count > MOST_REPEATS) {
    tell(field(place, 'every'), `happens ${count} times`, `at most ${MOST_REPEATS} times`);
    return [firstMs];
  }
  return Array.from({ length: Math.max(0, count) }, (_, index) => firstMs + index * everyMs);
}

function tellVersions(one: WrittenHappening, { versions }: Known, place: Place): void {
  const what = 'version';
  tellUnknown(one.release, versions, { what, place: field(place, 'release') });
  one.experiment?.forEach(({ version }, i) => {
    const at = field(item(field(place, 'experiment'), i), 'version');
    tellUnknown(version, versions, { what, place: at });
  });
  tellUnknown(one.fault?.version, versions, { what, place: field(field(place, 'fault'), 'version') });
  tellUnknown(one.crash?.version, versions, { what, place: field(field(place, 'crash'), 'version') });
}

function actsOf(one: WrittenHappening): readonly Act[] {
  const atMs = 0;
  const [release, vote] = [releaseOf(one), voteOf(one)];
  if (release !== undefined) return [{ atMs, ...release }];
  if (vote !== undefined) return [{ atMs, kind: 'vote', ...vote }];
  if (one.restartGateway !== undefined) return [{ atMs, kind: 'restartGateway' }];
  if (one.crash !== undefined) return [{ atMs, kind: 'crash', ...whichOf(one.crash) }];
  const command = commandOf(one);
  return command === undefined ? [] : [{ atMs, kind: 'steer', command }];
}

function commandOf(one: WrittenHappening): Command | undefined {
  if (one.promote !== undefined) return { verb: 'promote', full: one.promote.full ?? false };
  const verbs = ['pause', 'resume', 'abort', 'retry', 'undo'] as const;
  const verb = verbs.find((word) => one[word] !== undefined);
  return verb === undefined ? undefined : { verb };
}

function whichOf({
  version,
  replicas,
}: Pick<WrittenFault, 'version' | 'replicas'>): Pick<Fault, 'version' | 'replicas'> {
  return {
    ...(version === undefined ? {} : { version: version as RevisionId }),
    ...(replicas === undefined ? {} : { replicas }),
  };
}

function faultOf(written: WrittenFault, place: Place): Fault {
  const { errors, slower, ramp } = written;
  return {
    atMs: 0,
    ...whichOf(written),
    forMs: written.for === undefined ? Infinity : readDuration(field(place, 'for'), written.for, LONG),
    rampMs: ramp === undefined ? 0 : readDuration(field(place, 'ramp'), ramp, LONG_OR_NONE),
    errorRatio: errors === undefined ? 0 : fractionOf(readShare(field(place, 'errors'), errors)),
    slowness: slower === undefined ? 1 : 1 + readMargin(slower),
  };
}

function outagesOf({ outage, restartGateway }: WrittenHappening, place: Place): readonly Outage[] {
  if (outage !== undefined) {
    const forMs = readDuration(field(field(place, 'outage'), 'for'), outage.for, LONG);
    return [{ of: outage.of, atMs: 0, forMs }];
  }
  if (restartGateway === undefined) return [];
  const away = restartGateway.away ?? SCENARIO_DEFAULTS.gatewayAway;
  const forMs = readDuration(field(field(place, 'restartGateway'), 'away'), away, LONG_OR_NONE);
  return [{ of: 'gateway', atMs: 0, forMs }];
}
