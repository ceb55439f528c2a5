import { Failure } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { itemPath } from '../../rollout/path.ts';
import { bucketOf, type Exposure, type LogHistogram, type UnitValues } from '../measurement.ts';

/** Values without ticks of their own are cut into so many. */
const TICKS_OF_VALUES = 60;

/** Reads one arm of a comparison, tick by tick; `path` is for messages. Throws Failure `usage`. */
export type ArmReader<Value> = (written: unknown, path: string) => readonly Value[];

/** Ticks of `[trials, events]` or `{ trials, events }`; or one of them, a single tick. */
export const readExposures: ArmReader<Exposure> = (written, path) => {
  if (isJsonObject(written)) return [exposure(written.trials, written.events, path)];
  const list = listAt(written, path);
  if (list.length === 2 && list.every((one) => typeof one === 'number')) {
    return [exposure(list[0], list[1], path)];
  }
  return list.map((one, i) => {
    const at = itemPath(path, i);
    if (isJsonObject(one)) return exposure(one.trials, one.events, at);
    const [trials, events] = listAt(one, at);
    return exposure(trials, events, at);
  });
};

/** Ticks of lists of values; or one list of values in the order of time, cut into ticks of equal size. */
export const readDistributions: ArmReader<LogHistogram> = (written, path) => {
  const list = listAt(written, path);
  if (list.some(Array.isArray)) {
    return list.map((one, i) => histogramOf(numbersAt(one, itemPath(path, i))));
  }
  const values = numbersAt(list, path);
  const size = Math.max(1, Math.ceil(values.length / TICKS_OF_VALUES));
  const ticks = Math.ceil(values.length / size);
  return Array.from({ length: ticks }, (_, i) => histogramOf(values.slice(i * size, (i + 1) * size)));
};

/** Ticks of a count of events. */
export const readCounts: ArmReader<number> = (written, path) => {
  if (typeof written === 'number') return [written];
  return numbersAt(written, path);
};

/** Ticks of a value, or of an object with one value for each unit. */
export const readUnits: ArmReader<UnitValues> = (written, path) =>
  listAt(written, path).map((one, i) => {
    const at = itemPath(path, i);
    if (!isJsonObject(one)) return { '': numberAt(one, at) };
    const values = Object.entries(one).map(
      ([unit, value]) => [unit, numberAt(value, `${at}.${unit}`)] as const,
    );
    return Object.fromEntries(values);
  });

function exposure(trials: unknown, events: unknown, path: string): Exposure {
  if (isCount(trials) && isCount(events)) return { trials, events };
  throw unreadable(path, 'must be how many there were and how many of them failed', 'as in [1200, 3]');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function listAt(written: unknown, path: string): readonly unknown[] {
  if (Array.isArray(written)) return written;
  throw unreadable(path, 'must be a list', 'write [ … ], in the order of time');
}

function numbersAt(written: unknown, path: string): readonly number[] {
  return listAt(written, path).map((one, i) => numberAt(one, itemPath(path, i)));
}

function numberAt(written: unknown, path: string): number {
  if (typeof written === 'number' && Number.isFinite(written)) return written;
  throw unreadable(path, 'must be a number', 'leave out what was not measured');
}

function histogramOf(values: readonly number[]): LogHistogram {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bucket = bucketOf(value);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

function unreadable(path: string, reason: string, hint: string): Failure {
  return new Failure('usage', `the data cannot be read: ${path}: ${reason}`, { hint });
}
