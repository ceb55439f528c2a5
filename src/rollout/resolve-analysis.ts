import { parseDuration } from '../base/duration.ts';
import { fractionOf, FULL_SHARE, parseShare } from '../base/share.ts';
import { DEFAULTS } from './defaults.ts';
import type {
  Analysis,
  Check,
  JudgeSettings,
  Metric,
  SequentialSettings,
  ThresholdSettings,
} from './model.ts';
import { itemPath } from './path.ts';
import { field, LONG, LONG_OR_NONE, readDuration, readMargin, tell, type Place } from './place.ts';
import type { RolloutSpec } from './schema/document.ts';

type WrittenAnalysis = NonNullable<RolloutSpec['analysis']>;
/** One check as it is written. */
export type WrittenCheck = NonNullable<WrittenAnalysis['checks']>[number];

/** `spec.analysis` with its defaults. Checks that are not built yet are left out; somebody else tells of them. */
export function resolveAnalysis(written: WrittenAnalysis, place: Place): Analysis {
  const defaults = DEFAULTS.analysis;
  return {
    compareTo: 'stable',
    falseAlarms: readFalseAlarms(written.falseAlarms ?? defaults.falseAlarms, field(place, 'falseAlarms')),
    warmUpMs: readDuration(field(place, 'warmUp'), written.warmUp ?? defaults.warmUp, LONG_OR_NONE),
    undecided: written.undecided ?? defaults.undecided,
    noData: written.noData ?? defaults.noData,
    checks: (written.checks ?? []).flatMap((check, i) => {
      const path = itemPath(field(place, 'checks').path, i);
      const judgedByScore = written.score !== undefined;
      return resolveCheck(check, { path, report: place.report }, judgedByScore);
    }),
  };
}

function readFalseAlarms(text: string, place: Place): number {
  const promised = fractionOf(parseShare(text) ?? FULL_SHARE);
  if (promised > 0 && promised <= 0.5) return promised;
  tell(place, `${text} cannot be promised`, 'more than 0% and at most 50%');
  return promised;
}

function resolveCheck(written: WrittenCheck, place: Place, judgedByScore: boolean): readonly Check[] {
  const metric = metricOf(written);
  if (metric === undefined || written.slo !== undefined || written.condition !== undefined) return [];
  const judge = resolveJudge(written, metric, place);
  if (judge === undefined) {
    if (!judgedByScore) tell(place, 'needs one judge: worseBy, max, min, slo or condition');
    return [];
  }
  const floor =
    written.floor === undefined ? undefined : readLevel(written.floor, metric, field(place, 'floor'));
  return [
    {
      name: written.name,
      metric,
      judge,
      ...(floor === undefined ? {} : { floor }),
      weight: written.weight ?? DEFAULTS.check.weight,
    },
  ];
}

function metricOf({ errors, latency }: WrittenCheck): Metric | undefined {
  if (errors !== undefined) return { kind: 'errors' };
  if (latency === undefined) return undefined;
  const { quantile } = latency;
  return quantile === undefined ? { kind: 'latency' } : { kind: 'latency', quantile };
}

function resolveJudge(written: WrittenCheck, metric: Metric, place: Place): JudgeSettings | undefined {
  if (written.worseBy !== undefined) return resolveSequential(written, metric, place);
  if (written.safe !== undefined) {
    const hint = 'thresholds prove no safety: remove it, or use worseBy';
    tell(field(place, 'safe'), 'stands only beside worseBy', hint);
  }
  const isThreshold = written.max !== undefined || written.min !== undefined;
  return isThreshold ? resolveThreshold(written, metric, place) : undefined;
}

function resolveThreshold(written: WrittenCheck, metric: Metric, place: Place): ThresholdSettings {
  const { max, min, every = DEFAULTS.check.every, failures } = written;
  const limits = {
    ...(max === undefined ? {} : { max: readLevel(max, metric, field(place, 'max')) }),
    ...(min === undefined ? {} : { min: readLevel(min, metric, field(place, 'min')) }),
  };
  if ((limits.min ?? -Infinity) > (limits.max ?? Infinity)) tell(field(place, 'min'), 'is above max');
  return {
    kind: 'threshold',
    ...limits,
    everyMs: readDuration(field(place, 'every'), every, LONG),
    failures: { ...DEFAULTS.check.failures, ...failures },
  };
}

function resolveSequential(written: WrittenCheck, metric: Metric, place: Place): SequentialSettings {
  for (const key of ['every', 'failures'] as const) {
    if (written[key] === undefined) continue;
    tell(field(place, key), 'stands only beside max or min', 'a sequential check looks at every measurement');
  }
  const worseBy = readMargin(written.worseBy ?? '0%');
  if (written.safe === undefined) return { kind: 'sequential', worseBy };
  return { kind: 'sequential', worseBy, safe: readSafe(written.safe, metric, field(place, 'safe')) };
}

function readSafe(text: string, metric: Metric, place: Place): NonNullable<SequentialSettings['safe']> {
  if (!text.endsWith('x')) {
    const absolute = readLevel(text, metric, place);
    if (absolute <= 0) tell(place, `${text} can never be proved`, 'a margin above zero');
    return { absolute };
  }
  const ratio = Number(text.slice(0, -1));
  if (!(ratio > 1 && ratio <= 1_000)) {
    tell(place, `${text} is not a margin: it must be more than 1x, at most 1000x`, 'did you mean 2x?');
  }
  return { ratio };
}

/** A level in the unit of the metric: a ratio for errors, milliseconds for latency. */
function readLevel(written: number | string, metric: Metric, place: Place): number {
  const text = String(written);
  const share = parseShare(text);
  if (metric.kind === 'errors') {
    if (share === undefined) tell(place, `${text} is not a share between 0% and 100%`, shareHint(text));
    return share === undefined ? 0 : fractionOf(share);
  }
  const ms = parseDuration(text);
  const number = Number(text);
  const hint = Number.isFinite(number) ? `did you mean ${text}ms?` : 'latency is held against durations';
  if (ms === undefined) tell(place, `${text} is not a duration, as in 300ms`, hint);
  return ms ?? 0;
}

function shareHint(text: string): string {
  return Number.isFinite(Number(text)) ? `did you mean ${text}%?` : 'errors are held against shares';
}
