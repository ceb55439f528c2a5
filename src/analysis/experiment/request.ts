import { Failure, problemText, type Problem } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { problemOf, type Finding } from '../../rollout/finding.ts';
import { closed } from '../../rollout/schema/fields.ts';
import type { Shape } from '../../rollout/shape.ts';
import { structureFindings } from '../../rollout/structure.ts';
import { withoutHoles } from './holes.ts';
import { EXPERIMENT_OPTIONS, NAMED_TEST, type ExperimentOptions, type TestName } from './options.ts';
import { optionFindings } from './option-rules.ts';

/** The data of both arms, unread: values or a summary of them. Absent: nothing has arrived. */
export interface ArmData {
  readonly control?: unknown;
  readonly candidate?: unknown;
}

/** One comparison, as a line of `coalmine analyze --stdin` carries it; the test says which data it takes. */
export interface ExperimentRequest extends ArmData {
  readonly options: ExperimentOptions;
}

/** Reads a request; throws Failure `usage` naming every option that is wrong. The data are read by the test. */
export function experimentRequest(input: unknown): ExperimentRequest {
  if (!isJsonObject(input)) refuse([{ path: '', reason: 'the request must be an object' }]);
  const { control, candidate, options } = input;
  const shape = closed('', { options: schemaFor(options) });
  refuseIfAny(structureFindings(shape as Shape, { options: withFormOfData(options) }));
  // The schema has just said so.
  const valid = options as unknown as ExperimentOptions;
  refuseIfAny(optionFindings(valid));
  return { control, candidate, options: valid };
}

/** Throws Failure `usage` when there are findings. */
export function refuseIfAny(findings: readonly Finding[]): void {
  if (findings.length > 0) refuse(findings.map(problemOf));
}

/** P-values are data: what is wrong with one of them is told by the judge, not refused. */
function withFormOfData(options: unknown): unknown {
  if (!isJsonObject(options) || !('pValues' in options)) return options;
  return { ...options, pValues: withoutHoles(options.pValues, '', []) };
}

function schemaFor(options: unknown) {
  const test = isJsonObject(options) ? options.test : undefined;
  const isKnown = typeof test === 'string' && Object.hasOwn(EXPERIMENT_OPTIONS, test);
  if (isKnown) return EXPERIMENT_OPTIONS[test as TestName];
  const named = isJsonObject(options) && test !== undefined ? { test } : options;
  refuseIfAny(structureFindings(closed('', { options: NAMED_TEST }) as Shape, { options: named }));
  return NAMED_TEST;
}

function refuse(problems: readonly Problem[]): never {
  const [first] = problems;
  const why = first === undefined ? 'it is empty' : problemText(first);
  throw new Failure('usage', `the experiment is not valid: ${why}`, {
    problems,
    hint: first?.hint ?? 'see docs/guides/experiments.md for the tests and their options',
  });
}
