import { Environment } from '@marcbachmann/cel-js';

/** What a condition may speak of. Absent values are null. */
export interface ConditionValues {
  /** The candidate's value, in the unit of the metric. */
  readonly candidate: number;
  /** The control's value of the same window. */
  readonly control: number | null;
  /** `candidate / control`; null without a control, or when it is zero. */
  readonly ratio: number | null;
  /** Requests, values or units of the candidate in the window. */
  readonly samples: number;
  /** Of a gauge: the newest value of each of the candidate's units; else the candidate's value alone. */
  readonly units: readonly number[];
}

/** The names of the values, for messages. */
export const VARIABLES = ['candidate', 'control', 'ratio', 'samples', 'units', 'result'] as const;

/** Functions, called as `size(units)`. Whatever else the library knows is refused: texts, dates, patterns. */
export const FUNCTIONS = [
  'size',
  'len',
  'isNaN',
  'isInf',
  'isNil',
  'default',
  'asFloat',
  'asInt',
  'double',
  'int',
] as const;

/** Functions that look at each of a list, called as `units.all(x, x < 5)`. */
export const LOOKS = ['all', 'exists', 'exists_one', 'filter'] as const;

/** Bounds on a condition: evaluating the largest takes some microseconds, times the number of units. */
export const LARGEST_TEXT = 500;
/** Units beyond these are not looked at. */
export const MOST_UNITS = 1_000;
const LIMITS = { maxAstNodes: 150, maxDepth: 24, maxListElements: 20, maxMapEntries: 0, maxCallArguments: 3 };

/** What `result` stands for: Argo Rollouts calls a single value that, and also a list of them. */
export type ResultForm = 'number' | 'list';

/** The language of conditions: CEL, with whole and fractional numbers mixed freely, and Argo's functions. */
export function environmentWith(form: ResultForm): Environment {
  const environment = new Environment({ limits: LIMITS })
    .registerVariable('candidate', 'double')
    .registerVariable('control', 'dyn')
    .registerVariable('ratio', 'dyn')
    .registerVariable('samples', 'double')
    .registerVariable('units', 'list<double>')
    .registerVariable('result', form === 'list' ? 'list<double>' : 'double');
  addMixedArithmetic(environment);
  addFunctions(environment);
  return environment;
}

/** CEL has no `2 * 0.5`; people write it all the same, and there is only one thing they can mean. */
function addMixedArithmetic(environment: Environment): void {
  const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [sign, operation] of Object.entries(operations)) {
    environment.registerOperator(`double ${sign} int`, (a: number, b: bigint) => operation(a, Number(b)));
    environment.registerOperator(`int ${sign} double`, (a: bigint, b: number) => operation(Number(a), b));
  }
  environment.registerOperator('double == int', (a: number, b: bigint) => a === Number(b));
}

function addFunctions(environment: Environment): void {
  environment.registerFunction('len(list): int', (list: readonly unknown[]) => BigInt(list.length));
  environment.registerFunction('isNil(dyn): bool', (value: unknown) => value === null);
  for (const type of ['double', 'int'] as const) {
    environment
      .registerFunction(`isNaN(${type}): bool`, (value: number | bigint) => Number.isNaN(value))
      .registerFunction(`isInf(${type}): bool`, (value: number | bigint) => isInfinite(value))
      .registerFunction(`asFloat(${type}): double`, (value: number | bigint) => Number(value))
      .registerFunction(`asInt(${type}): int`, (value: number | bigint) => BigInt(Math.trunc(Number(value))))
      .registerFunction(`default(dyn, ${type}): double`, (value: unknown, fallback: number | bigint) =>
        isNumber(value) ? Number(value) : Number(fallback),
      );
  }
}

function isInfinite(value: number | bigint): boolean {
  return Math.abs(Number(value)) === Infinity;
}

function isNumber(value: unknown): value is number | bigint {
  return (typeof value === 'number' && !Number.isNaN(value)) || typeof value === 'bigint';
}
