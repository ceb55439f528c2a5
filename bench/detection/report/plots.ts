import type { Family } from '../deciders/decider.ts';
import type { Row } from '../results.ts';
import { STAGE_SECONDS } from '../scenarios/scenario.ts';
import { evidenceOf } from './evidence.ts';
import type { DetectionReport, ScenarioReport } from './report.ts';
import { label, line, mark, path, svgOf, type Place } from './svg.ts';
import type { Measurements } from './targets.ts';
import { duration } from './words.ts';

/** A plot as a file. */
export interface Plot {
  readonly file: string;
  readonly svg: string;
}

/** A form in a plot: each family has a lane of its own in a row, its best-tuned form is filled. */
interface Marked {
  readonly name: string;
  readonly words: string;
  readonly family: Family;
  readonly isFull: boolean;
}

const MARKED: readonly Marked[] = [
  { name: 'coalmine', words: 'coalmine', family: 'coalmine', isFull: true },
  { name: 'coalmine-10s', words: 'coalmine, read every 10 s', family: 'coalmine', isFull: false },
  { name: 'flagger*', words: 'Flagger, best-tuned', family: 'flagger', isFull: true },
  { name: 'flagger', words: 'Flagger, as documented', family: 'flagger', isFull: false },
  { name: 'argo*', words: 'Argo Rollouts, best-tuned', family: 'argo', isFull: true },
  { name: 'argo', words: 'Argo Rollouts, as documented', family: 'argo', isFull: false },
  { name: 'kayenta*', words: 'Kayenta, best-tuned', family: 'kayenta', isFull: true },
  { name: 'kay-crit', words: 'Kayenta, as documented', family: 'kayenta', isFull: false },
];
const LANES: readonly Family[] = ['coalmine', 'flagger', 'argo', 'kayenta'];

const WIDTH = 960;
const LEFT = 280;
const RIGHT = 40;
const TOP = 88;
const ROW = 34;

/** The plots of the page. */
export function plotsOf({ detection }: Measurements): readonly Plot[] {
  return [
    { file: 'detection.svg', svg: detectionPlot(detection) },
    { file: 'false-alarms.svg', svg: falseAlarmPlot(detection) },
    { file: 'evidence.svg', svg: evidencePlot() },
  ];
}

interface RowsPlot {
  readonly title: string;
  readonly scenarios: readonly ScenarioReport[];
  readonly ticks: readonly (readonly [value: number, text: string])[];
  readonly x: (value: number) => number;
  /** What is drawn for a row at the height of its lane. */
  readonly draw: (row: Row, form: Marked, y: number) => readonly string[];
}

function rowsPlot({ title, scenarios, ticks, x, draw }: RowsPlot): string {
  const height = TOP + ROW * scenarios.length + 30;
  const bottom = TOP + ROW * scenarios.length;
  const parts = [
    label({ x: 16, y: 24 }, title, { kind: 'strong' }),
    ...legend(),
    ...ticks.flatMap(([value, text]) => [
      line({ x: x(value), y: TOP }, { x: x(value), y: bottom }, 'grid'),
      label({ x: x(value), y: bottom + 18 }, text, { anchor: 'middle', kind: 'quiet' }),
    ]),
    ...scenarios.flatMap((scenario, i) => {
      const middle = TOP + ROW * (i + 0.5);
      const marks = MARKED.flatMap((form) => {
        const row = scenario.rows[form.name];
        const lane = middle + 7.5 * (LANES.indexOf(form.family) - 1.5);
        return row === undefined ? [] : draw(row, form, lane);
      });
      const edge = line({ x: 16, y: middle + ROW / 2 }, { x: WIDTH - 16, y: middle + ROW / 2 }, 'grid');
      return [label({ x: LEFT - 16, y: middle + 4 }, scenario.title, { anchor: 'end' }), edge, ...marks];
    }),
  ];
  return svgOf({ width: WIDTH, height, title, parts });
}

/** A column for each family: its best form above the other. */
function legend(): readonly string[] {
  return MARKED.flatMap(({ words, family, isFull }) => {
    const x = 16 + 225 * LANES.indexOf(family);
    const y = isFull ? 46 : 64;
    return [mark({ x: x + 5, y }, family, isFull), label({ x: x + 16, y: y + 4 }, words, { kind: 'quiet' })];
  });
}

/** Where a form that stopped fewer than half of the releases is drawn. */
const NEVER = 12_000;

function detectionPlot({ scenarios }: DetectionReport): string {
  const x = logScale(1, NEVER);
  return rowsPlot({
    title: 'Time from the first bad request to the decision: the median, on a log scale',
    scenarios: scenarios.filter(({ isGood }) => !isGood),
    ticks: [
      ...[1, 10, 60, 600, STAGE_SECONDS].map((value) => [value, duration(value)] as const),
      [NEVER, 'not found'],
    ],
    x,
    draw: ({ median = NEVER }, { family, isFull }, y) => [
      mark({ x: x(Math.max(1, median)), y }, family, isFull),
    ],
  });
}

const LEAST_SHARE = 0.0003;

function falseAlarmPlot({ scenarios }: DetectionReport): string {
  const scale = logScale(LEAST_SHARE, 1);
  const x = (share: number): number => scale(Math.max(share, LEAST_SHARE));
  return rowsPlot({
    title: 'Good releases that were stopped within an hour: share and 95 % interval, on a log scale',
    scenarios: scenarios.filter(({ isGood }) => isGood),
    ticks: [
      [LEAST_SHARE, '0'],
      [0.001, '0.1 %'],
      [0.01, '1 %'],
      [0.1, '10 %'],
      [1, '100 %'],
    ],
    x,
    draw: ({ share, low, high }, { family, isFull }, y) => [
      line({ x: x(low), y }, { x: x(high), y }, `${family} line`),
      mark({ x: x(share), y }, family, isFull),
    ],
  });
}

function logScale(from: number, to: number): (value: number) => number {
  const length = WIDTH - RIGHT - LEFT;
  return (value) => LEFT + (length * Math.log(value / from)) / Math.log(to / from);
}

const EVIDENCE_SECONDS = 300;
const [LEAST_EVIDENCE, MOST_EVIDENCE] = [0.1, 1e3];

/** Evidence of harm of three releases of seed 1, second by second. */
function evidencePlot(): string {
  const [width, height] = [WIDTH, 340];
  const x = (second: number): number => 70 + ((width - 230) * second) / EVIDENCE_SECONDS;
  const bottom = height - 40;
  const y = (logE: number): number => {
    const [low, high] = [Math.log(LEAST_EVIDENCE), Math.log(MOST_EVIDENCE)];
    const bounded = Math.min(Math.max(logE, low), high);
    return bottom - ((bottom - 50) * (bounded - low)) / (high - low);
  };
  const runs = [
    { id: 'steady', family: 'coalmine', words: 'a good release' },
    { id: 'errors-1', family: 'flagger', words: 'errors .1 → 1 %' },
    { id: 'latency-10', family: 'kayenta', words: 'latency +10 %' },
  ].map((one) => ({ ...one, points: evidenceOf(one.id, 1, EVIDENCE_SECONDS) }));
  const parts = [
    label({ x: 16, y: 24 }, 'Evidence of harm, second by second: the release is stopped at 100', {
      kind: 'strong',
    }),
    ...[0.1, 1, 10, 100, 1_000].flatMap((value) => [
      line(
        { x: 70, y: y(Math.log(value)) },
        { x: width - 160, y: y(Math.log(value)) },
        value === 100 ? 'limit' : 'grid',
      ),
      label({ x: 62, y: y(Math.log(value)) + 4 }, value.toLocaleString('en-US'), {
        anchor: 'end',
        kind: 'quiet',
      }),
    ]),
    ...[0, 60, 120, 180, 240, 300].map((second) =>
      label({ x: x(second), y: bottom + 20 }, `${second} s`, { anchor: 'middle', kind: 'quiet' }),
    ),
    ...runs.flatMap(({ family, words, points }) => {
      const places: Place[] = [
        { x: x(0), y: y(0) },
        ...points.map(([second, logE]) => ({ x: x(second), y: y(logE) })),
      ];
      const end = places.at(-1) ?? { x: 0, y: 0 };
      return [
        path(places, `${family} line`),
        mark(end, family, true),
        `<g class="${family}">${label({ x: end.x + 10, y: end.y - 6 }, words, { kind: 'ink' })}</g>`,
      ];
    }),
  ];
  return svgOf({ width, height, title: 'Evidence of harm of a good and two bad releases', parts });
}
