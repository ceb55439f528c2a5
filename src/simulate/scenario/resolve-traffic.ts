import { field, LONG, LONG_OR_NONE, readDuration, tell, type Place } from '../../rollout/place.ts';
import { itemPath } from '../../rollout/path.ts';
import type { Burst, Load, LoadShape } from '../users/load.ts';
import { columnOf } from './csv.ts';
import { SCENARIO_DEFAULTS, type ScenarioDocument } from './schema.ts';

/** How traffic is written. */
export type WrittenTraffic = NonNullable<ScenarioDocument['traffic']>;
type WrittenCsv = NonNullable<WrittenTraffic['csv']>;
type WrittenBurst = NonNullable<WrittenTraffic['bursts']>[number];

/** What is used when nothing is written. */
export const USUAL_LOAD: Load = {
  shape: { kind: 'constant', perSecond: SCENARIO_DEFAULTS.traffic },
  bursts: [],
};

/** The texts of files, by the names under which they are written. */
export type Texts = ReadonlyMap<string, string>;

const NOON_MS = 43_200_000;

/** Traffic as it is written; `texts` holds its file. */
export function resolveTraffic(written: WrittenTraffic, place: Place, texts: Texts): Load {
  const bursts = (written.bursts ?? []).map((burst, index) =>
    resolveBurst(burst, { ...place, path: itemPath(`${place.path}.bursts`, index) }),
  );
  return { shape: shapeOf(written, place, texts), bursts };
}

function shapeOf({ constant, diurnal, csv }: WrittenTraffic, place: Place, texts: Texts): LoadShape {
  if (constant !== undefined) return { kind: 'constant', perSecond: constant };
  if (csv !== undefined) return measured(csv, field(place, 'csv'), texts);
  const at = field(place, 'diurnal');
  const { least = 0, most = 0, peakAt } = diurnal ?? {};
  if (least > most) tell(field(at, 'least'), `${least} is more than most (${most})`);
  const peakAtMs = peakAt === undefined ? NOON_MS : readDuration(field(at, 'peakAt'), peakAt, LONG_OR_NONE);
  return { kind: 'diurnal', least, most, peakAtMs };
}

function measured(csv: WrittenCsv, place: Place, texts: Texts): LoadShape {
  const everyMs = readDuration(field(place, 'every'), csv.every, LONG);
  const column = columnOf(texts.get(csv.file) ?? '', csv.column);
  if (column.problem !== undefined) {
    const titles =
      column.titles === undefined ? undefined : `its columns: ${column.titles.slice(0, 10).join(', ')}`;
    const at = field(place, column.titles === undefined ? 'file' : 'column');
    tell(at, `${csv.file}:${column.line} ${column.problem}`, titles);
    return { kind: 'constant', perSecond: 0 };
  }
  const scale = (csv.times ?? 1) / (csv.total === true ? everyMs / 1_000 : 1);
  return { kind: 'measured', everyMs, rates: column.values.map((value) => value * scale) };
}

function resolveBurst(written: WrittenBurst, place: Place): Burst {
  const forMs = readDuration(field(place, 'for'), written.for, LONG);
  const burst = {
    atMs: readDuration(field(place, 'at'), written.at, LONG_OR_NONE),
    forMs,
    times: written.times,
  };
  if (written.every === undefined) return burst;
  const everyMs = readDuration(field(place, 'every'), written.every, LONG);
  if (everyMs <= forMs) {
    tell(field(place, 'every'), `${written.every} is not longer than the burst itself (${written.for})`);
  }
  return { ...burst, everyMs };
}
