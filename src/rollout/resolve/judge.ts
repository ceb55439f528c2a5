import { fractionOf, FULL_SHARE, parseShare } from '../../base/share.ts';
import { checkCondition } from '../condition/condition.ts';
import { DEFAULTS } from '../defaults.ts';
import type {
  JudgeSettings,
  Metric,
  ScoredSettings,
  SequentialSettings,
  SloSettings,
  ThresholdSettings,
} from '../model.ts';
import { field, LONG, readDuration, readMargin, tell, type Place } from '../place.ts';
import type { WrittenCheck } from './analysis.ts';
import { readLevel, unitOf } from './level.ts';

/** Fields that stand beside one kind of judge only, and where they belong. */
const COMPANIONS = [
  { keys: ['safe', 'floor', 'exhaustion'], beside: 'worseBy', of: 'sequential' },
  { keys: ['every', 'failures', 'noValue'], beside: 'max, min or condition', of: 'threshold' },
  { keys: ['critical'], beside: 'analysis.score', of: 'score' },
] as const;

/** The judge of a check; undefined, told, when it has none. `times`: of the score, when the analysis has one. */
export function resolveJudge(
  written: WrittenCheck,
  metric: Metric,
  { place, times }: { readonly place: Place; readonly times: ScoredSettings['times'] | undefined },
): JudgeSettings | undefined {
  const kind = kindOf(written, times !== undefined);
  refuseStrays(written, kind, place);
  switch (kind) {
    case 'sequential':
      return resolveSequential(written, metric, place);
    case 'threshold':
      return resolveThreshold(written, metric, place);
    case 'slo':
      return resolveSlo(written, metric, place);
    case 'score':
      return times && resolveScored(written, times);
    case undefined:
      if (written.scoring === undefined) {
        tell(place, 'needs one judge: worseBy, max, min, slo or condition', 'or analysis.score for all');
      } else {
        tell(field(place, 'scoring'), 'there is no score', 'add analysis.score');
      }
      return undefined;
  }
}

function kindOf(written: WrittenCheck, isScored: boolean): JudgeSettings['kind'] | undefined {
  const { worseBy, max, min, condition, failWhen, slo } = written;
  if (worseBy !== undefined) return 'sequential';
  if ([max, min, condition, failWhen].some((one) => one !== undefined)) return 'threshold';
  if (slo !== undefined) return 'slo';
  return isScored ? 'score' : undefined;
}

function refuseStrays(written: WrittenCheck, kind: JudgeSettings['kind'] | undefined, place: Place): void {
  for (const { keys, beside, of } of COMPANIONS) {
    for (const key of keys) {
      if (of !== kind && written[key] !== undefined) tell(field(place, key), `stands only beside ${beside}`);
    }
  }
}

function resolveSequential(written: WrittenCheck, metric: Metric, place: Place): SequentialSettings {
  const isGauge = metric.kind === 'value' || metric.kind === 'usage';
  const { safe, exhaustion } = written;
  if (safe !== undefined && isGauge) tell(field(place, 'safe'), 'gauges prove no safety', 'remove it');
  else if (safe !== undefined) refuseOneSided(safe, written, field(place, 'safe'));
  if (exhaustion !== undefined && !isGauge) tell(field(place, 'exhaustion'), 'is for gauges', 'remove it');
  return {
    kind: 'sequential',
    worseBy: readMargin(written.worseBy ?? '0%'),
    ...(safe === undefined ? {} : { safe: readSafe(safe, metric, field(place, 'safe')) }),
    ...(exhaustion === undefined
      ? {}
      : { exhaustion: readExhaustion(exhaustion, metric, field(place, 'exhaustion')) }),
  };
}

function refuseOneSided(safe: string, { worse }: WrittenCheck, place: Place): void {
  if (worse !== 'either' || safe.endsWith('x')) return;
  tell(place, `${safe} is a margin in one direction, and either is harm`, 'a ratio, as in 1.2x');
}

function readExhaustion(written: NonNullable<WrittenCheck['exhaustion']>, metric: Metric, place: Place) {
  const { limit, within = DEFAULTS.check.exhaustionWithin } = written;
  return {
    limit: readLevel(limit, metric, field(place, 'limit')),
    withinMs: readDuration(field(place, 'within'), within, LONG),
  };
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

function resolveSlo({ slo = '' }: WrittenCheck, metric: Metric, place: Place): SloSettings {
  const budget = 1 - fractionOf(parseShare(slo) ?? FULL_SHARE);
  if (budget <= 0 || budget >= 1) tell(field(place, 'slo'), `${slo} leaves no budget`, 'as in "99.9%"');
  const isLatency = metric.kind === 'latency';
  if (isLatency && metric.withinMs === undefined) {
    tell(field(place, 'latency'), 'an objective needs a time to answer', 'as in latency: { within: 300ms }');
  } else if (!isLatency && unitOf(metric) !== 'share') {
    tell(field(place, 'slo'), 'an objective needs good and bad events', 'use errors, latency or ratio');
  }
  return { kind: 'slo', budget };
}

function resolveThreshold(written: WrittenCheck, metric: Metric, place: Place): ThresholdSettings {
  if (metric.kind === 'usage' && metric.of === 'restarts') {
    tell(
      field(place, 'usage'),
      'restarts are compared with stable',
      'use worseBy, with a floor in restarts an hour',
    );
  }
  const { every = DEFAULTS.check.every, failures, noValue = 'skip' } = written;
  return {
    kind: 'threshold',
    ...readLimits(written, metric, place),
    ...readConditions(written, place),
    everyMs: readDuration(field(place, 'every'), every, LONG),
    failures: { ...DEFAULTS.check.failures, ...failures },
    ...(noValue === 'skip' ? {} : { noValue }),
  };
}

function readLimits({ max, min }: WrittenCheck, metric: Metric, place: Place) {
  const limits = {
    ...(max === undefined ? {} : { max: readLevel(max, metric, field(place, 'max')) }),
    ...(min === undefined ? {} : { min: readLevel(min, metric, field(place, 'min')) }),
  };
  if ((limits.min ?? -Infinity) > (limits.max ?? Infinity)) tell(field(place, 'min'), 'is above max');
  return limits;
}

function readConditions({ condition, failWhen, max, min }: WrittenCheck, place: Place) {
  if ((max ?? min) !== undefined && (condition ?? failWhen) !== undefined) {
    const key = condition === undefined ? 'failWhen' : 'condition';
    tell(field(place, key), 'says again what max and min say', 'write it all as a condition');
  }
  return {
    ...(condition === undefined ? {} : { condition: readCondition(condition, field(place, 'condition')) }),
    ...(failWhen === undefined ? {} : { failWhen: readCondition(failWhen, field(place, 'failWhen')) }),
  };
}

function readCondition(text: string, place: Place): string {
  const wrong = checkCondition(text);
  if (wrong !== undefined) tell(place, `${wrong.problem} (character ${wrong.position + 1})`, wrong.hint);
  return text;
}

/** The judge reads Kayenta's own field names. */
function resolveScored(
  { worse = 'higher', critical = false, scoring }: WrittenCheck,
  times: ScoredSettings['times'],
): ScoredSettings {
  const direction = { higher: 'increase', lower: 'decrease', either: 'either' }[worse];
  return { kind: 'score', options: { direction, critical, ...scoring }, times };
}
