import { closest } from '../../base/closest.ts';
import { reportTo, type Finding } from '../../rollout/finding.ts';
import type { Rollout } from '../../rollout/model.ts';
import type { RolloutGate } from '../../rollout/model-outside.ts';
import { itemPath } from '../../rollout/path.ts';
import { field, LONG, readDuration, SHORT, tell, type Place } from '../../rollout/place.ts';
import { randomFrom, type Random } from '../random.ts';
import { momentOf } from '../../rollout/resolve/outside.ts';
import type { Circumstances } from './circumstances.ts';
import type { Act, Fault, Outage, Scenario, Subject } from './model.ts';
import { playable, type KnownAround, type Playable } from './playable.ts';
import { resolveCircumstances, resolveMeasured, tellUnmeasured } from './resolve-circumstances.ts';
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
  const { seed = SCENARIO_DEFAULTS.seed, until, starts, lookEvery = SCENARIO_DEFAULTS.lookEvery } = document;
  const untilMs = until === undefined ? undefined : readDuration(field(place, 'until'), until, LONG);
  const startsAt = starts === undefined ? undefined : momentOf(starts, field(place, 'starts'));
  const copies = copiesOf(loaded.declared, place);
  const versions = resolveVersions(document.versions, field(place, 'versions'));
  const circumstances = circumstancesOf(document, place, { copies, versions });
  const happenings = resolveHappenings(document.happens ?? [], field(place, 'happens'), {
    ...namesOf(copies, versions),
    untilMs,
  });
  const loads = loadsOf(document.traffic, place, loaded);
  const delays = randomFrom(seed, DELAYS);
  const fit = fitFor(document, copies);
  const subjects = copies.map((copy): Subject => ({
    rollout: fit(copy).rollout,
    load: loads(copy),
    versions,
    ...circumstances(copy),
    ...happeningsOf(copy, happenings, delays),
  }));
  const scenario: Scenario = {
    seed,
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(untilMs === undefined ? {} : { untilMs }),
    lookEveryMs: readDuration(field(place, 'lookEvery'), lookEvery, SHORT),
    subjects,
    notes: [...new Set(copies.flatMap((copy) => fit(copy).notes))],
  };
  return { scenario, findings };
}

/** One Rollout of the simulation. */
interface Copy {
  /** As it is declared. */
  readonly declared: Rollout;
  readonly name: string;
  /** Which of the files it is of. */
  readonly file: number;
  /** Which of the copies it is, from 1; absent where there is one. */
  readonly number?: number;
}

function isOf(rollout: string | undefined, { declared, name }: Copy): boolean {
  return rollout === undefined || rollout === declared.name || rollout === name;
}

function namesOf(
  copies: readonly Copy[],
  versions: Subject['versions'],
): Omit<Parameters<typeof resolveHappenings>[2], 'untilMs'> {
  return {
    versions: versions.map(({ name }) => name),
    rollouts: [...new Set(copies.flatMap(({ declared, name }) => [declared.name, name]))],
    concerned: (rollout) => declaredIn(copies.filter((copy) => isOf(rollout, copy))),
  };
}

function declaredIn(copies: readonly Copy[]): readonly Rollout[] {
  return [...new Set(copies.map(({ declared }) => declared))];
}

/** What all Rollouts meet with, and what is measured for the checks of each. */
function circumstancesOf(
  document: ScenarioDocument,
  place: Place,
  { copies, versions }: { readonly copies: readonly Copy[]; readonly versions: Subject['versions'] },
): (copy: Copy) => Circumstances {
  const { measured: written = [] } = document;
  const rollouts = declaredIn(copies);
  const known = { versions: versions.map(({ name }) => name), rollouts };
  const common = resolveCircumstances(document, place, known);
  const at = field(place, 'measured');
  tellUnmeasured(written, at, known);
  const measured = new Map(rollouts.map((one) => [one, resolveMeasured(written, at, one)]));
  return ({ declared }) => ({ ...common, measured: measured.get(declared) ?? [] });
}

/** The Rollout of a copy, as far as it can be simulated, under its own name. */
function fitFor(document: ScenarioDocument, copies: readonly Copy[]): (copy: Copy) => Playable {
  const { answers = [], measured = [], happens = [], starts } = document;
  const votes = happens.flatMap(({ approve, reject }) => approve?.gate ?? reject?.gate ?? []);
  const names = new Set(copies.map(({ name }) => name));
  const known: KnownAround = {
    answered: [...answers.map(({ name }) => name), ...votes],
    measured: measured.map(({ check }) => check),
    isDated: starts !== undefined,
    rollouts: [...new Set(copies.flatMap(({ declared, name }) => [declared.name, name]))],
  };
  const fits = new Map(declaredIn(copies).map((one) => [one, playable(one, known)]));
  return ({ declared, name, number }) => {
    const { rollout, notes } = fits.get(declared) ?? playable(declared, known);
    const gates = rollout.gates.map((gate) => (gate.kind === 'rollout' ? near(gate, names, number) : gate));
    return { rollout: { ...rollout, gates, name }, notes };
  };
}

/** Copies wait for copies of the same number, or the first where there are fewer. */
function near<Waiting extends RolloutGate>(gate: Waiting, names: ReadonlySet<string>, number = 1): Waiting {
  const [own, first] = [number, 1].map((one) => `${gate.rollout}-${String(one)}`);
  const found = [gate.rollout, own, first].find((name) => name !== undefined && names.has(name));
  return found === undefined ? gate : { ...gate, rollout: found };
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
  if (new Set(copies.map(({ name }) => name)).size < copies.length) {
    tell(field(place, 'rollouts'), 'has Rollouts of the same name', 'give each a name of its own');
  }
  return copies;
}

function copiesOfOne(declared: Rollout, file: number, copies: number | undefined): readonly Copy[] {
  if (copies === undefined) return [{ declared, name: declared.name, file }];
  return Array.from({ length: copies }, (_, index) => ({
    declared,
    name: `${declared.name}-${index + 1}`,
    file,
    number: index + 1,
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
    if (!isOf(rollout, copy)) continue;
    for (const startMs of startsMs) {
      const atMs = startMs + Math.floor(delays.fraction() * spreadMs);
      acts.push(...happening.acts.map((act) => ({ ...act, atMs })));
      faults.push(...happening.faults.map((fault) => ({ ...fault, atMs })));
      outages.push(...happening.outages.map((outage) => ({ ...outage, atMs })));
    }
  }
  return { acts: acts.sort((a, b) => a.atMs - b.atMs), faults, outages };
}
