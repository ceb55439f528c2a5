import { Type, type Static, type TSchema } from 'typebox';
import { itemPath } from '../../rollout/path.ts';
import { closed } from '../../rollout/schema/fields.ts';
import type { Shape } from '../../rollout/shape.ts';
import { structureFindings } from '../../rollout/structure.ts';
import { kindOf } from '../../rollout/wording.ts';
import { impossible, isFlaw, undecidable, type Flaw } from './flaw.ts';
import { isHole, withoutHoles } from './holes.ts';
import type { Arms } from './means.ts';
import { refuseIfAny, type ArmData } from './request.ts';

const number = (description: string) => Type.Number({ description });

/** A summary of values. */
export const MOMENTS = closed('A summary of values.', {
  n: number('How many.'),
  mean: number('Their mean.'),
  variance: number('Their variance, with the divisor n - 1.'),
});

/** A summary of yes and no. */
export const SUCCESSES = closed('How many of how many.', {
  successes: number('How many succeeded.'),
  trials: number('How many tried.'),
});

/** Two values of each unit. */
export const COLUMNS = closed('Two values of each unit, in two lists of equal length.', {
  x: Type.Array(number('A value.'), { description: 'Denominator (ratio) or value from before (CUPED).' }),
  y: Type.Array(number('A value.'), { description: 'Numerator, or the value that is judged.' }),
});

/** Sums of two values of each unit. */
export const SUMS = closed('Sums over all units.', {
  n: number('How many units.'),
  sumX: number('Σ x'),
  sumY: number('Σ y'),
  sumXX: number('Σ x²'),
  sumYY: number('Σ y²'),
  sumXY: number('Σ x·y'),
});

/** Reads the data of one arm; `at` is where they are. */
export type ArmReader<Data> = (data: unknown, at: string) => Data | Flaw;

/** Both arms; impossible data in one of them is told before missing data in the other. */
export function readArms<Data>({ control, candidate }: ArmData, read: ArmReader<Data>): Arms<Data> | Flaw {
  const here = isAbsent(control) ? silent('control') : read(control, 'control');
  const there = isAbsent(candidate) ? silent('candidate') : read(candidate, 'candidate');
  if (isFlaw(here)) return isFlaw(there) && there.verdict === 'invalid' ? there : here;
  return isFlaw(there) ? there : { control: here, candidate: there };
}

function isAbsent(data: unknown): boolean {
  return data === undefined || data === null || (Array.isArray(data) && data.length === 0);
}

/** An arm without data. */
export function silent(at: string): Flaw {
  return undecidable(`the ${at} has no data`);
}

/** A list of finite numbers. */
export function readNumbers(data: unknown, at: string): readonly number[] | Flaw {
  if (!Array.isArray(data)) return impossible(`${at} is not a list`);
  const values: readonly unknown[] = data;
  const broken = values.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value));
  if (broken < 0) return values as readonly number[];
  const [path, value] = [itemPath(at, broken), values[broken]];
  if (!isHole(value)) refuseIfAny([{ path, reason: `must be a number, but is ${kindOf(value)}` }]);
  return impossible(`${path} is not a number`);
}

/** An object with the fields of a schema, all of them finite numbers or lists of such. */
export function readFields<S extends TSchema>(schema: S, data: unknown, at: string): Static<S> | Flaw {
  const holes: string[] = [];
  const filled = withoutHoles(data, at, holes);
  refuseIfAny(structureFindings(closed('', { [at]: schema }) as Shape, { [at]: filled }));
  const [hole] = holes;
  return hole === undefined ? (data as Static<S>) : impossible(`${hole} is not a number`);
}

/** Why a number is not a count; undefined when it is one. */
export function notACount(value: number, at: string): Flaw | undefined {
  if (value < 0) return impossible(`${at} is negative`);
  if (value > Number.MAX_SAFE_INTEGER) return impossible(`${at} is too large to be a count`);
  return Number.isInteger(value) ? undefined : impossible(`${at} is not a whole number`);
}
