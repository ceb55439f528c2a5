import { closest } from '../../base/closest.ts';
import { reportTo, type Finding } from '../../rollout/finding.ts';
import type { Rollout } from '../../rollout/model.ts';
import { itemPath } from '../../rollout/path.ts';
import { field, LONG, readDuration, SHORT, tell, type Place } from '../../rollout/place.ts';
import { randomFrom, type Random } from '../random.ts';
import { measurable } from './measurable.ts';
import type { Act, Fault, Outage, Scenario, Subject } from './model.ts';
import { resolveHappenings, type Happening } from './resolve-happenings.ts';
import { resolveTraffic, USUAL_LOAD, type Texts, type WrittenTraffic } from './resolve-traffic.ts';
import { resolveVersions } from './resolve-versions.ts';
import { SCENARIO_DEFAULTS, type ScenarioDocument } from './schema.ts';

/** The Rollouts of one file, and what the scenario says of them. */
export interface Declared {
  readonly rollouts: readonly Rollout[];
  /** Absent where the scenario names no files. */
  readonly written?: NonNullable<ScenarioDocument['rollouts']>[number];
}

/** Everything that the files hold that a scenario names. */
export interface Loaded {
  readonly declared: readonly Declared[];
  readonly texts: Texts;
}

/** A scenario, or all that is wrong with it. */
export interface Resolved {
  readonly scenario: Scenario;
  readonly findings: readonly Finding[];
}

/** All copies together are no more. */
const MOST_ROLLOUTS = 10_000;
/** Chance that delays each Rollout's happenings is not that of its traffic. */
const DELAYS = 0x7fff_ffff;

/** Fills in the defaults of a valid document, and looks for what does not fit together. */
export function resolveScenario(document: ScenarioDocument, loaded: Loaded): Resolved {
  const findings: Finding[] = [];
  const place: Place = { path: '', report: reportTo(findings) };
  const { seed = SCENARIO_DEFAULTS.seed, until, lookEvery = SCENARIO_DEFAULTS.lookEvery } = document;
  const untilMs = until === undefined ? undefined : readDuration(field(place, 'until'), until, LONG);
  const copies = copiesOf(loaded.declared, place);
  const versions = resolveVersions(document.versions, field(place, 'versions'));
  const known = {
    versions: versions.map(({ name }) => name),
    rollouts: [...new Set(copies.flatMap(({ origin, rollout }) => [origin, rollout.name]))],
    untilMs,
  };
  const happenings = resolveHappenings(document.happens ?? [], field(place, 'happens'), known);
  const loads = loadsOf(document.traffic, place, loaded);
  const delays = randomFrom(seed, DELAYS);
  const subjects = copies.map((copy): Subject => ({
    rollout: copy.rollout,
    load: loads(copy),
    versions,
    ...happeningsOf(copy, happenings, delays),
  }));
  const scenario: Scenario = {
    seed,
    ...(untilMs === undefined ? {} : { untilMs }),
    lookEveryMs: readDuration(field(place, 'lookEvery'), lookEvery, SHORT),
    subjects,
    notes: [...new Set(copies.flatMap(({ notes }) => notes))],
  };
  return { scenario, findings };
}

/** One Rollout of the simulation. */
interface Copy {
  readonly rollout: Rollout;
  /** Its name in the file. */
  readonly origin: string;
  /** Which of the files it is of. */
  readonly file: number;
  readonly notes: readonly string[];
}

function copiesOf(declared: readonly Declared[], place: Place): readonly Copy[] {
  const copies = declared.flatMap(({ rollouts, written }, file) => {
    const at = { ...place, path: itemPath('rollouts', file) };
    const wanted = rollouts.filter(({ name }) => (written?.name ?? name) === name);
    if (wanted.length === 0) tellNoRollout(written?.name ?? '', rollouts, field(at, 'name'));
    return wanted.flatMap((rollout) => copiesOfOne(rollout, file, written?.copies));
  });
  if (copies.length > MOST_ROLLOUTS) {
    tell(field(place, 'rollouts'), `are ${copies.length} Rollouts`, `at most ${MOST_ROLLOUTS}`);
  }
  const names = copies.map(({ rollout }) => rollout.name);
  if (new Set(names).size < names.length) {
    tell(field(place, 'rollouts'), 'has Rollouts of the same name', 'give each a name of its own');
  }
  return copies;
}

function copiesOfOne(rollout: Rollout, file: number, copies: number | undefined): readonly Copy[] {
  const { rollout: fit, notes } = measurable(rollout);
  const one = { rollout: fit, origin: rollout.name, file, notes };
  if (copies === undefined) return [one];
  return Array.from({ length: copies }, (_, index) => ({
    ...one,
    rollout: { ...fit, name: `${rollout.name}-${index + 1}` },
  }));
}

function tellNoRollout(name: string, rollouts: readonly Rollout[], place: Place): void {
  const names = rollouts.map((rollout) => rollout.name);
  const near = closest(name, names);
  const hint = near === undefined ? `it declares: ${names.join(', ')}` : `did you mean ${near}?`;
  tell(place, `the file declares no Rollout named ${name}`, hint);
}

/** The traffic of a Rollout: that of its file, else that of the scenario. */
function loadsOf(
  common: WrittenTraffic | undefined,
  place: Place,
  { declared, texts }: Loaded,
): (copy: Copy) => Subject['load'] {
  const usual = common === undefined ? USUAL_LOAD : resolveTraffic(common, field(place, 'traffic'), texts);
  const own = declared.map(({ written }, file) => {
    const at = field({ ...place, path: itemPath('rollouts', file) }, 'traffic');
    return written?.traffic === undefined ? usual : resolveTraffic(written.traffic, at, texts);
  });
  return ({ file }) => own[file] ?? usual;
}

type Happens = Pick<Subject, 'acts' | 'faults' | 'outages'>;

function happeningsOf(copy: Copy, happenings: readonly Happening[], delays: Random): Happens {
  const acts: Act[] = [];
  const faults: Fault[] = [];
  const outages: Outage[] = [];
  for (const happening of happenings) {
    const { rollout, startsMs, spreadMs } = happening;
    if (rollout !== undefined && rollout !== copy.origin && rollout !== copy.rollout.name) continue;
    for (const startMs of startsMs) {
      const atMs = startMs + Math.floor(delays.fraction() * spreadMs);
      acts.push(...happening.acts.map((act) => ({ ...act, atMs })));
      faults.push(...happening.faults.map((fault) => ({ ...fault, atMs })));
      outages.push(...happening.outages.map((outage) => ({ ...outage, atMs })));
    }
  }
  return { acts: acts.sort((a, b) => a.atMs - b.atMs), faults, outages };
}
