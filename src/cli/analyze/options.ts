import type { ComparisonJudge } from '../../analysis/comparison/comparison.ts';
import { Failure } from '../../base/failure.ts';
import type { Strictness } from './verdicts.ts';

/** How two sets of data are judged. */
export interface JudgingOptions {
  readonly judge?: ComparisonJudge;
  readonly metric?: string;
  /** Each `key=value`. */
  readonly option?: readonly string[];
  /** JSON, or the name of a file. */
  readonly options?: string;
}

/** Which stretch of time. Durations in milliseconds. */
export interface TimeOptions {
  readonly last?: number;
  readonly from?: string;
  readonly to?: string;
  readonly step?: number;
  readonly controlOffset?: number;
}

/** Data in files. */
export interface FileOptions extends JudgingOptions, Strictness {
  readonly control?: string;
  readonly candidate?: string;
  readonly data?: string;
  readonly armColumn?: string;
  readonly controlValue?: string;
  readonly candidateValue?: string;
  readonly column?: readonly string[];
}

/** Data in a Prometheus. */
export interface QueryOptions extends JudgingOptions, TimeOptions, Strictness {
  readonly prometheus?: string;
  readonly tokenFile?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly controlQuery?: string;
  readonly candidateQuery?: string;
  readonly perSeries?: boolean;
}

/** A Kayenta canary config and its series. Durations in milliseconds. */
export interface CanaryOptions extends Omit<TimeOptions, 'last'>, Strictness {
  readonly canaryConfig?: string;
  readonly series?: string;
  readonly pass?: number;
  readonly marginal?: number;
  readonly lifetime?: number;
  readonly interval?: number;
  readonly beginAfter?: number;
  readonly lookback?: number;
}

/** A release that was recorded. */
export interface ReleaseOptions extends Strictness {
  readonly replay?: string;
  readonly with?: string;
  readonly export?: string;
}

/** Everything `analyze` may be told. */
export interface AnalyzeOptions extends FileOptions, QueryOptions, CanaryOptions, ReleaseOptions {
  readonly stdin?: boolean;
}

/** Where the data are. */
export type Mode = 'lines' | 'files' | 'queries' | 'canary' | 'replay' | 'release';

type Key = keyof AnalyzeOptions;

const JUDGING: readonly Key[] = ['judge', 'metric', 'option', 'options'];
const TIME: readonly Key[] = ['from', 'to', 'step', 'controlOffset'];

/** Where each mode is told by, and what else goes with it. */
const MODES: Readonly<Record<Mode, { readonly by: readonly Key[]; readonly takes: readonly Key[] }>> = {
  lines: { by: ['stdin'], takes: [] },
  canary: {
    by: ['canaryConfig'],
    takes: [...TIME, 'series', 'pass', 'marginal', 'lifetime', 'interval', 'beginAfter', 'lookback'],
  },
  queries: {
    by: ['prometheus'],
    takes: [
      ...JUDGING,
      ...TIME,
      ...(['tokenFile', 'user', 'passwordFile', 'caFile'] as const),
      ...(['controlQuery', 'candidateQuery', 'last', 'perSeries'] as const),
    ],
  },
  files: {
    by: ['control', 'candidate', 'data'],
    takes: [...JUDGING, 'armColumn', 'controlValue', 'candidateValue', 'column'],
  },
  replay: { by: ['replay'], takes: ['with'] },
  release: { by: [], takes: ['with', 'export'] },
};

/** What every mode takes: our own, and the options of every command. */
const COMMON: readonly string[] = ['strict', 'dataDir', 'host', 'file', 'output', 'color', 'yes'];

const WAYS = [
  'coalmine analyze --stdin < lines.jsonl',
  'coalmine analyze --judge score --control a.csv --candidate b.csv --column latency',
  'coalmine analyze --canary-config config.json --series series.json',
  'coalmine analyze --judge score --prometheus URL --control-query Q --candidate-query Q --last 1h',
  'coalmine analyze NAME',
  'coalmine analyze --replay FILE --with FILE',
];

/** Where the data are, by what was given. Throws Failure `usage` when that is not one place, or goes with another. */
export function modeOf(options: AnalyzeOptions, operands: readonly string[]): Mode {
  const told = (Object.keys(MODES) as Mode[]).filter((mode) =>
    MODES[mode].by.some((key) => isGiven(options, key)),
  );
  // An experiment may be planned without any data.
  if (told.length === 0 && operands.length === 0 && options.judge !== undefined) told.push('files');
  if (operands.length > 0) told.push('release');
  const [mode, ...others] = told;
  if (mode === undefined) {
    throw new Failure('usage', 'there is nothing to judge', { hint: `One of\n  ${WAYS.join('\n  ')}` });
  }
  if (others.length > 0) {
    const places = told.map(nameOf).join(' and ');
    throw new Failure('usage', `data can come from one place only, not from ${places}`, {
      hint: 'Run the command once for each.',
    });
  }
  checkOthers(options, mode);
  return mode;
}

function checkOthers(options: AnalyzeOptions, mode: Mode): void {
  const { by, takes } = MODES[mode];
  const known: readonly string[] = [...COMMON, ...by, ...takes];
  const other = Object.keys(options).find((key) => !known.includes(key));
  if (other === undefined) return;
  throw new Failure('usage', `${flag(other)} does not go with ${nameOf(mode)}`, {
    hint: takes.length === 0 ? 'Leave it out.' : `There are ${takes.map(flag).join(', ')}.`,
  });
}

function nameOf(mode: Mode): string {
  const { by } = MODES[mode];
  return by.length === 0 ? 'the name of a Rollout' : by.map(flag).join(', ');
}

function isGiven(options: AnalyzeOptions, key: Key): boolean {
  return options[key] !== undefined;
}

/** `controlQuery` as it is written: `--control-query`. */
function flag(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The value of an option that a mode cannot do without. Throws Failure `usage` when it is missing. */
export function required<Value>(value: Value | undefined, option: string): Value {
  if (value !== undefined && value !== '') return value;
  throw new Failure('usage', `${option} is missing`, { hint: 'See "coalmine analyze --help".' });
}
