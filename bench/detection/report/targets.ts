import type { Cost, Proof } from '../own.ts';
import type { RampRow } from '../measure.ts';
import { DEFAULTS } from '../deciders/table.ts';
import type { Row } from '../results.ts';
import type { DetectionReport } from './report.ts';
import { meanHarm } from './tables.ts';
import { amount, duration, percent } from './words.ts';

/** One thing to be reached. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** Everything the targets are about. */
export interface Measurements {
  readonly detection: DetectionReport;
  readonly costs: readonly Cost[];
  readonly proofs: readonly Proof[];
  readonly ramps: readonly RampRow[];
}

/** All targets for which there are measurements. */
export function targetsOf(measured: Measurements): readonly Target[] {
  return [
    ...detectionTargets(measured.detection),
    ...harmTargets(measured.detection),
    ...falseAlarmTargets(measured.detection),
    ...missTargets(measured.detection),
    ...proofTargets(measured),
    ...costTargets(measured.costs),
  ];
}

function detectionTargets({ scenarios }: DetectionReport): readonly Target[] {
  return scenarios.flatMap(({ title, target, rows }) => {
    const row = rows['coalmine'];
    if (target === undefined || row === undefined) return [];
    return [
      atMost(`${title}: median to detection`, target.median, row.median),
      ...(target.p90 === undefined ? [] : [atMost(`${title}: p90`, target.p90, row.p90)]),
    ];
  });
}

function atMost(what: string, limit: number, seconds: number | undefined): Target {
  const measured = seconds === undefined ? 'never' : duration(seconds);
  return { what, wanted: `≤ ${duration(limit)}`, measured, isMet: (seconds ?? Infinity) <= limit };
}

const ERROR_STEPS = ['errors-1', 'errors-2', 'errors-5', 'errors-50'];

function harmTargets(report: DetectionReport): readonly Target[] {
  const own = meanHarm(report, 'coalmine');
  if (Number.isNaN(own)) return [];
  const beside = (form: string, least: number, what: string): Target =>
    atLeast(`harmed requests, ${form} (${what}) over coalmine`, least, meanHarm(report, form) / own);
  const has = (form: string): boolean => report.forms.some(({ name }) => name === form);
  return [
    ...Object.values(DEFAULTS).map((form) => beside(form, 10, 'as documented')),
    ...['flagger*', 'argo*', 'kayenta*'].filter(has).map((form) => beside(form, 3, 'best-tuned, FAR ≤ 1 %')),
    ...report.tuned
      .filter(({ sweep, calibration }) => calibration === 'steady' && !sweep.startsWith('coalmine'))
      .map(({ sweep, harmed }) =>
        atLeast(`harmed requests, ${sweep}* (tuned on steady releases only) over coalmine`, 3, harmed / own),
      ),
    ...stepTargets(report, 'kay-crit', 10),
    ...['kay-fast', 'argo-99'].flatMap((form) => stepTargets(report, form, 4)),
  ];
}

function stepTargets({ scenarios }: DetectionReport, form: string, least: number): readonly Target[] {
  const steps = scenarios.filter(({ id }) => ERROR_STEPS.includes(id));
  const ratios = steps.map(({ rows }) => harmOf(rows[form]) / harmOf(rows['coalmine']));
  if (ratios.length === 0) return [];
  return [
    atLeast(`harmed requests, ${form} over coalmine, worst of the error steps`, least, Math.min(...ratios)),
  ];
}

function harmOf(row: Row | undefined): number {
  return row?.harmed ?? Number.NaN;
}

function atLeast(what: string, least: number, ratio: number): Target {
  return { what, wanted: `≥ ${least} ×`, measured: `${amount(ratio)} ×`, isMet: ratio >= least };
}

const FALSE_ALARM_LIMITS: readonly (readonly [id: string, limit: number])[] = [
  ['steady', 0.01],
  ['bursts', 0.01],
  ['drift-1', 0.01],
  ['nab-elb', 0.01],
  ['nab-ec2', 0.01],
  ['llm', 0.01],
  ['access', 0.01],
  ['drift-3', 0.02],
  ['bias-2', 0.02],
  ['quiet', 0.01],
  ['missing', 0.01],
  ['resets', 0.01],
  ['silent', 0],
];

function falseAlarmTargets({ scenarios }: DetectionReport): readonly Target[] {
  return FALSE_ALARM_LIMITS.flatMap(([id, limit]) => {
    const scenario = scenarios.find((one) => one.id === id);
    const forms = ['coalmine', 'coalmine-10s'] as const;
    return forms.flatMap((form) => {
      const row = scenario?.rows[form];
      if (scenario === undefined || row === undefined) return [];
      return [
        {
          what: `false alarms of ${form}: ${scenario.title}`,
          wanted: `≤ ${percent(limit)}`,
          measured: `${percent(row.share)} (at most ${percent(row.high)})`,
          isMet: row.share <= limit,
        },
      ];
    });
  });
}

/** Faults at least twice as large as the margins. */
const LARGE_FAULTS = [
  'errors-0.5',
  'errors-1',
  'errors-2',
  'errors-5',
  'errors-50',
  'latency-10',
  'latency-30',
];

function missTargets({ scenarios }: DetectionReport): readonly Target[] {
  return scenarios
    .filter(({ id }) => LARGE_FAULTS.includes(id))
    .flatMap(({ title, rows }) => {
      const row = rows['coalmine'];
      if (row === undefined) return [];
      const missed = 1 - row.share;
      return [
        {
          what: `${title}: not stopped within the hour`,
          wanted: '≤ 1 %',
          measured: percent(missed),
          isMet: missed <= 0.01,
        },
      ];
    });
}

function proofTargets({ proofs, ramps }: Measurements): readonly Target[] {
  const half = proofs.find(({ margin }) => margin === 'errors below .5 %');
  const five = ramps.find(
    ({ policy, perSecond, title }) => isFiveSteps(policy) && perSecond === 200 && title === 'good',
  );
  return [
    ...(half === undefined
      ? []
      : [atMost('a good release: errors proved below .5 %, median', 60, half.median)]),
    ...(five === undefined
      ? []
      : [atMost('a good release in five steps, 200 requests/s, median', 480, five.median)]),
  ];
}

function isFiveSteps(policy: string): boolean {
  return policy.startsWith('five steps');
}

function costTargets(costs: readonly Cost[]): readonly Target[] {
  return costs.flatMap(({ check, microsecondsPerTick, stateBytes }) => [
    {
      what: `${check}: CPU per check and tick`,
      wanted: '≤ 100 µs',
      measured: `${microsecondsPerTick} µs`,
      isMet: microsecondsPerTick <= 100,
    },
    {
      what: `${check}: state`,
      wanted: '≤ 4,096 bytes',
      measured: `${stateBytes.toLocaleString('en-US')} bytes`,
      isMet: stateBytes <= 4_096,
    },
  ]);
}
