import { fractionOf, FULL_SHARE, parseShare } from '../../base/share.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Analysis, Check, ScoreSettings } from '../model.ts';
import { itemPath } from '../path.ts';
import { field, LONG, LONG_OR_NONE, readDuration, tell, type Place } from '../place.ts';
import { resolveJudge } from './judge.ts';
import { readLevel } from './level.ts';
import { resolveMetric, type Measuring } from './metric.ts';
import { refuseQueries } from './query.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenAnalysis = NonNullable<RolloutSpec['analysis']>;
/** One check as it is written. */
export type WrittenCheck = NonNullable<WrittenAnalysis['checks']>[number];

/** `spec.analysis` with its defaults; `measuring` is what measures its errors and latency. */
export function resolveAnalysis(written: WrittenAnalysis, place: Place, measuring: Measuring): Analysis {
  const { compareTo, falseAlarms, warmUp, undecided, noData, standingAA } = {
    ...DEFAULTS.analysis,
    ...written,
  };
  return {
    compareTo,
    falseAlarms: readFalseAlarms(falseAlarms, field(place, 'falseAlarms')),
    warmUpMs: readDuration(field(place, 'warmUp'), warmUp, LONG_OR_NONE),
    undecided,
    noData,
    standingAA,
    ...resolveChecks(written, place, measuring),
  };
}

function resolveChecks(
  written: WrittenAnalysis,
  place: Place,
  measuring: Measuring,
): Pick<Analysis, 'checks' | 'score'> {
  const { score } = written;
  const times = score && resolveTimes(score, field(place, 'score'));
  const checks = (written.checks ?? []).flatMap((check, i) => {
    const { path } = field(place, 'checks');
    return resolveCheck(check, { path: itemPath(path, i), report: place.report }, { times, measuring });
  });
  if (score === undefined || times === undefined) return { checks };
  return { checks, score: { ...times, ...resolveScore(score, checks, field(place, 'score')) } };
}

function readFalseAlarms(text: string, place: Place): number {
  const promised = fractionOf(parseShare(text) ?? FULL_SHARE);
  if (promised > 0 && promised <= 0.5) return promised;
  tell(place, `${text} cannot be promised`, 'more than 0% and at most 50%');
  return promised;
}

interface Judging {
  readonly times: ScoreTimes | undefined;
  readonly measuring: Measuring;
}

function resolveCheck(written: WrittenCheck, place: Place, { times, measuring }: Judging): readonly Check[] {
  const metric = resolveMetric(written, place, measuring);
  const judge = metric && resolveJudge(written, metric, { place, times });
  if (metric === undefined || judge === undefined) return [];
  refuseQueries(metric, place);
  const { name, worse, floor, weight } = written;
  return [
    {
      name,
      metric,
      judge,
      ...(worse === undefined || worse === 'higher' ? {} : { worse }),
      ...(floor === undefined ? {} : { floor: readLevel(floor, metric, field(place, 'floor')) }),
      weight: weight ?? DEFAULTS.check.weight,
    },
  ];
}

type WrittenScore = NonNullable<WrittenAnalysis['score']>;

type ScoreTimes = Pick<ScoreSettings, 'stepMs' | 'everyMs' | 'lifetimeMs' | 'lookbackMs'>;

function resolveTimes(written: WrittenScore, place: Place): ScoreTimes {
  const { step, every, lifetime, lookback } = { ...DEFAULTS.score, ...written };
  const read = (key: string, text: string): number => readDuration(field(place, key), text, LONG);
  return {
    stepMs: read('step', step),
    everyMs: read('every', every),
    lifetimeMs: read('lifetime', lifetime),
    ...(lookback === undefined ? {} : { lookbackMs: read('lookback', lookback) }),
  };
}

function resolveScore(
  written: WrittenScore,
  checks: readonly Check[],
  place: Place,
): Omit<ScoreSettings, keyof ScoreTimes> {
  const scored = checks.filter(({ judge }) => judge.kind === 'score').map(({ name }) => name);
  if (scored.length === 0) tell(place, 'scores no check', 'remove it, or the judge of a check');
  if (written.marginal > written.pass) tell(field(place, 'marginal'), 'is above pass');
  return {
    pass: written.pass,
    marginal: written.marginal,
    groups: (written.groups ?? []).map((group, i) => {
      const path = itemPath(field(place, 'groups').path, i);
      group.checks.forEach((name, k) => {
        if (scored.includes(name)) return;
        const hint = scored.length === 0 ? undefined : `scored are: ${scored.join(', ')}`;
        tell({ path: itemPath(`${path}.checks`, k), report: place.report }, `${name} is not scored`, hint);
      });
      return group;
    }),
  };
}
