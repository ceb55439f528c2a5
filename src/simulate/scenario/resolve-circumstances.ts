import { closest } from '../../base/closest.ts';
import { fractionOf } from '../../base/share.ts';
import type { Check, RevisionId, Rollout } from '../../rollout/model.ts';
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
import { readLevel, unitOf } from '../../rollout/resolve/level.ts';
import { compilePlan } from '../../strategy/compile.ts';
import { isAbout, testsIn, type Asked } from '../users/audience.ts';
import type { Answer, Circumstances, Habits, Measured, Said } from './circumstances.ts';
import { isAtGateway } from './measurable.ts';
import { USUAL_REQUESTS_EACH } from './schema-circumstances.ts';
import type { ScenarioDocument } from './schema.ts';

type WrittenAnswer = NonNullable<ScenarioDocument['answers']>[number];
type WrittenSaid = NonNullable<ScenarioDocument['audience']>[number];
type WrittenMeasured = NonNullable<ScenarioDocument['measured']>[number];

/** What circumstances may name. */
export interface KnownNames {
  readonly versions: readonly string[];
  /** The Rollouts as they are declared. */
  readonly rollouts: readonly Rollout[];
}

/** What is the same for all Rollouts, as it is written. */
export function resolveCircumstances(
  { users, audience = [], answers = [] }: ScenarioDocument,
  place: Place,
  known: KnownNames,
): Omit<Circumstances, 'measured'> {
  return {
    users: habitsOf(users),
    audience: audience.map((one, i) => resolveSaid(one, item(field(place, 'audience'), i), known)),
    answers: answers.map((one, i) => resolveAnswer(one, item(field(place, 'answers'), i), known)),
  };
}

/** What is measured for the checks of a Rollout, in the units of these. */
export function resolveMeasured(
  written: readonly WrittenMeasured[],
  place: Place,
  { analysis }: Rollout,
): readonly Measured[] {
  return written.flatMap((one, i) => {
    const check = analysis?.checks.find(({ name }) => name === one.check);
    return check === undefined ? [] : [measuredOf(one, item(place, i), check)];
  });
}

/** Tells of checks and versions that there are not. */
export function tellUnmeasured(
  written: readonly WrittenMeasured[],
  place: Place,
  { versions, rollouts }: KnownNames,
): void {
  const checks = rollouts.flatMap(({ analysis }) => analysis?.checks ?? []).map(({ name }) => name);
  written.forEach((one, i) => {
    const at = item(place, i);
    tellUnknown(one.check, checks, { what: 'check', place: field(at, 'check') });
    tellUnknown(one.version, versions, { what: 'version', place: field(at, 'version') });
    if (one.every !== undefined && one.values === undefined) {
      tell(field(at, 'every'), 'is only for several values', 'write values: [ … ]');
    }
  });
}

/** Tells of a name that nothing has. */
export function tellUnknown(
  name: string | undefined,
  known: readonly string[],
  { what, place }: { readonly what: string; readonly place: Place },
): void {
  if (name === undefined || known.includes(name)) return;
  tell(place, `no ${what} is named ${name}`, hintFor(name, known));
}

function hintFor(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  if (near !== undefined) return `did you mean ${near}?`;
  return known.length === 0 ? 'there is none' : `there are: ${[...new Set(known)].slice(0, 10).join(', ')}`;
}

function habitsOf({ requests, count }: NonNullable<ScenarioDocument['users']> = {}): Habits {
  return { requestsEach: requests ?? USUAL_REQUESTS_EACH, ...(count === undefined ? {} : { count }) };
}

function resolveAnswer(written: WrittenAnswer, place: Place, { versions, rollouts }: KnownNames): Answer {
  const { name, version, takes = '0s', fails = false, never = false } = written;
  tellUnasked(name, field(place, 'name'), rollouts);
  tellUnknown(version, versions, { what: 'version', place: field(place, 'version') });
  if (never && written.takes !== undefined) {
    tell(field(place, 'takes'), 'is the time to an answer, and there is none', 'leave out takes, or never');
  }
  const takesMs = readDuration(field(place, 'takes'), takes, LONG_OR_NONE);
  return {
    name,
    ...(version === undefined ? {} : { version: version as RevisionId }),
    takesMs: never ? Infinity : takesMs,
    isYes: !fails,
  };
}

/** Tells of a name that no gate or hook has, or one that nobody is asked at. */
function tellUnasked(name: string, place: Place, rollouts: readonly Rollout[]): void {
  const outside = rollouts.flatMap(({ gates, hooks }) => [...gates, ...hooks]);
  const asked = outside.filter(({ kind }) => !UNASKED.includes(kind)).map((one) => one.name);
  const unasked = outside.find((one) => one.name === name);
  if (unasked === undefined || asked.includes(name)) {
    tellUnknown(name, asked, { what: 'gate or hook', place });
    return;
  }
  const hint =
    unasked.kind === 'rollout' ? 'release that in the scenario' : 'write starts, and it opens by the clock';
  tell(place, `the gate ${name} opens by itself: it is a ${unasked.kind}`, hint);
}

/** Nobody is asked at such gates. */
const UNASKED: readonly string[] = ['window', 'freeze', 'rollout'];

function resolveSaid(written: WrittenSaid, place: Place, { rollouts }: KnownNames): Said {
  const said = { ...whatIsSaid(written), share: fractionOf(readShare(field(place, 'share'), written.share)) };
  if (written.value !== undefined && 'value' in written && !NAMED.some((of) => written[of] !== undefined)) {
    tell(field(place, 'value'), `is of a header, a cookie or a parameter`, 'leave it out');
  }
  const asked = rollouts.flatMap(askedOf);
  if (asked.length === 0) {
    tell(place, 'no Rollout asks what requests say', 'leave out audience, or add a match to a Rollout');
  } else if (!asked.some((test) => isAbout(said, test))) {
    tell(
      place,
      `no match asks for the ${wordsOf(said)}`,
      `there are: ${[...new Set(asked.map(wordsOf))].join(', ')}`,
    );
  }
  return said;
}

const NAMED = ['header', 'cookie', 'query'] as const;

function whatIsSaid(written: WrittenSaid): Pick<Said, 'of' | 'name' | 'value'> {
  const { path, method, value } = written;
  if (path !== undefined) return { of: 'path', value: path };
  if (method !== undefined) return { of: 'method', value: method.toUpperCase() };
  const of = NAMED.find((one) => written[one] !== undefined) ?? 'header';
  return { of, name: written[of] ?? '', ...(value === undefined ? {} : { value }) };
}

/** Everything that the matches of a Rollout ask for; shares of the users are known without being told. */
function askedOf(rollout: Rollout): readonly Asked[] {
  const { steps } = compilePlan(rollout, { hasStable: true, direct: false });
  const matches = steps.flatMap((step) => Object.values(step.matches ?? {}));
  return matches.flat().flatMap((one) => (one === undefined ? [] : testsIn(one).map(({ asked }) => asked)));
}

function wordsOf({ of, name, value }: Asked): string {
  return [of, name, value].filter((one) => one !== undefined).join(' ');
}

const USUAL_EVERY = '1m';

function measuredOf(written: WrittenMeasured, place: Place, check: Check): Measured {
  const { value, values = [], every, noise, version } = written;
  if (isAtGateway(check)) {
    const reason = `${check.name} is measured at the gateway, by what versions are like`;
    tell(field(place, 'check'), reason, 'say it of a version: errors or latency');
  }
  const read = (level: number | string, at: Place): number => readPositive(level, at, check);
  return {
    check: written.check,
    ...(version === undefined ? {} : { version: version as RevisionId }),
    values:
      value === undefined
        ? values.map((one, i) => read(one, item(field(place, 'values'), i)))
        : [read(value, field(place, 'value'))],
    everyMs: readDuration(field(place, 'every'), every ?? USUAL_EVERY, LONG),
    noise: noise === undefined ? 0 : readMargin(noise),
  };
}

/** Only a gauge may be below zero. */
function readPositive(written: number | string, place: Place, { metric }: Check): number {
  const value = readLevel(written, metric, place);
  if (value < 0 && (metric.kind !== 'value' || unitOf(metric) !== 'number')) {
    tell(place, `${String(written)} is below zero`);
  }
  return value;
}
