import type { TimedSeries } from '../../analysis/score/run.ts';
import type { Tags } from '../../analysis/score/tags.ts';
import type { ValuePair } from '../../analysis/score/window.ts';
import { Failure, type Problem } from '../../base/failure.ts';
import { isJsonObject, type Json } from '../../base/json.ts';
import { itemPath, keyPath } from '../../rollout/path.ts';
import { kindOf } from '../../rollout/wording.ts';
import { numberIn } from './data/cell.ts';
import { momentOf } from './moment.ts';

/** What was measured for a canary config: series of both arms with their times, or pairs of values of one window. */
export type SeriesFile =
  | {
      readonly kind: 'timed';
      readonly control: readonly TimedSeries[];
      readonly candidate: readonly TimedSeries[];
    }
  | { readonly kind: 'pairs'; readonly pairs: readonly ValuePair[] };

/** Problems told at most. */
const MOST_PROBLEMS = 20;

/**
 * Reads what was measured: `{ control: [{ name, points }], candidate: … }`, a list of `{ name, control, candidate }`
 * with plain values, or Kayenta's list of metric set pairs. Throws Failure `usage` with every place that is wrong.
 */
export function readSeriesFile(file: string, value: Json): SeriesFile {
  const reading: Reading = { file, problems: [] };
  const read = readWhole(reading, value);
  if (reading.problems.length === 0 && read !== undefined) return read;
  throw new Failure('usage', `${file} cannot be read as series`, {
    problems: reading.problems.slice(0, MOST_PROBLEMS),
    hint: 'As in {"control": [{"name": "errors", "points": [[1767225600, 0.1]]}], "candidate": […]}',
  });
}

interface Reading {
  readonly file: string;
  readonly problems: Problem[];
}

function report({ file, problems }: Reading, path: string, reason: string): void {
  problems.push({ file, path, reason });
}

function readWhole(reading: Reading, value: Json): SeriesFile | undefined {
  if (isList(value)) {
    const pairs = value.flatMap((one, index) => pairAt(reading, itemPath('', index), one));
    return { kind: 'pairs', pairs };
  }
  if (!isJsonObject(value)) {
    report(reading, '', `must be an object or a list, but is ${kindOf(value)}`);
    return undefined;
  }
  const control = armAt(reading, 'control', value['control']);
  const candidate = armAt(reading, 'candidate', value['candidate']);
  return { kind: 'timed', control, candidate };
}

function pairAt(reading: Reading, path: string, value: Json): readonly ValuePair[] {
  const named = namedAt(reading, path, value);
  if (named === undefined) return [];
  const { name, tags, object } = named;
  // Kayenta keeps the values of both in an object of their own, and calls the candidate the experiment.
  const inner = object['values'];
  const [values, at, theirs] = isJsonObject(inner)
    ? [inner, keyPath(path, 'values'), 'experiment']
    : [object, path, 'candidate'];
  const control = valuesAt(reading, keyPath(at, 'control'), values['control']);
  const candidate = valuesAt(reading, keyPath(at, theirs), values[theirs]);
  return [{ name, tags, control, candidate }];
}

function armAt(reading: Reading, path: string, value: Json | undefined): readonly TimedSeries[] {
  if (!isList(value)) {
    report(reading, path, `must be a list of series, but is ${kindOf(value)}`);
    return [];
  }
  return value.flatMap((one, index) => {
    const at = itemPath(path, index);
    const named = namedAt(reading, at, one);
    if (named === undefined) return [];
    const { name, tags, object } = named;
    return [{ name, tags, points: pointsAt(reading, keyPath(at, 'points'), object['points']) }];
  });
}

function namedAt(reading: Reading, path: string, value: Json) {
  if (!isJsonObject(value)) {
    report(reading, path, `must be an object, but is ${kindOf(value)}`);
    return undefined;
  }
  const { name, tags = {} } = value;
  if (typeof name !== 'string' || name === '') {
    report(reading, keyPath(path, 'name'), 'must be the name of a metric of the config');
    return undefined;
  }
  return { name, tags: tagsAt(reading, keyPath(path, 'tags'), tags), object: value };
}

function tagsAt(reading: Reading, path: string, value: Json | undefined): Tags {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (!isJsonObject(value ?? {}) || texts.length < entries.length) {
    report(reading, path, 'must be an object of texts');
  }
  return Object.fromEntries(texts);
}

function valuesAt(reading: Reading, path: string, value: Json | undefined): readonly number[] {
  if (!isList(value)) {
    report(reading, path, `must be a list of values, but is ${kindOf(value)}`);
    return [];
  }
  return value.map((one, index) => numberAt(reading, itemPath(path, index), one));
}

function pointsAt(reading: Reading, path: string, value: Json | undefined): TimedSeries['points'] {
  if (!isList(value)) {
    report(reading, path, `must be a list of [time, value], but is ${kindOf(value)}`);
    return [];
  }
  return value.flatMap((one, index) => {
    const at = itemPath(path, index);
    const [time, number] = isList(one) ? one : [];
    const ms = momentOf(time);
    if (!isList(one) || one.length !== 2 || ms === undefined) {
      report(reading, at, 'must be [time, value], with a time in ISO 8601, seconds or milliseconds');
      return [];
    }
    return [[ms, numberAt(reading, itemPath(at, 1), number)] as const];
  });
}

function numberAt(reading: Reading, path: string, value: Json | undefined): number {
  const number = numberIn(value);
  if (number === undefined)
    report(reading, path, `must be a number, or null for a gap, but is ${kindOf(value)}`);
  return number ?? NaN;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
