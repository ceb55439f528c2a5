import {
  EvaluationError,
  ParseError,
  TypeError,
  type Environment,
  type ParseResult,
} from '@marcbachmann/cel-js';
import {
  environmentWith,
  LARGEST_TEXT,
  MOST_UNITS,
  VARIABLES,
  type ConditionValues,
  type ResultForm,
} from './language.ts';
import { structureOf, type ConditionProblem } from './structure.ts';

/** What a condition says of a measurement; `error` when it could not be told, and why. */
export type ConditionAnswer = boolean | { readonly error: string };

type Compiled =
  | { readonly kind: 'sound'; readonly run: ParseResult; readonly result: ResultForm }
  | { readonly kind: 'unsound'; readonly problem: ConditionProblem };

/** The first thing that is wrong with a condition; undefined when it may be used. Never throws. */
export function checkCondition(text: string): ConditionProblem | undefined {
  const compiled = compiledOf(text);
  return compiled.kind === 'unsound' ? compiled.problem : undefined;
}

/** Whether a condition holds for a measurement. Never throws. */
export function evaluateCondition(text: string, values: ConditionValues): ConditionAnswer {
  const compiled = compiledOf(text);
  return compiled.kind === 'unsound' ? { error: compiled.problem.problem } : answerOf(compiled, values);
}

type Sound = Extract<Compiled, { kind: 'sound' }>;

function answerOf({ run, result }: Sound, values: ConditionValues): ConditionAnswer {
  const units = values.units.slice(0, MOST_UNITS);
  try {
    const answer: unknown = run({ ...values, units, result: result === 'list' ? units : values.candidate });
    return typeof answer === 'boolean' ? answer : { error: NOT_AN_ANSWER.problem };
  } catch (cause) {
    return { error: reasonOf(cause) };
  }
}

/** Compiled conditions by their text; what comes out depends on the text alone. */
const COMPILED = new Map<string, Compiled>();
const MOST_COMPILED = 1_000;
const ENVIRONMENTS = new Map<ResultForm, Environment>();

function compiledOf(text: string): Compiled {
  const known = COMPILED.get(text);
  if (known !== undefined) return known;
  const compiled = compile(text);
  const [oldest] = COMPILED.keys();
  if (COMPILED.size >= MOST_COMPILED && oldest !== undefined) COMPILED.delete(oldest);
  COMPILED.set(text, compiled);
  return compiled;
}

function compile(text: string): Compiled {
  if (text.length > LARGEST_TEXT) {
    const problem = `is ${text.length} characters long, at most ${LARGEST_TEXT} are read`;
    return {
      kind: 'unsound',
      problem: { problem, hint: 'split it over two checks', position: LARGEST_TEXT },
    };
  }
  try {
    return compileForm(text, 'number');
  } catch (cause) {
    return { kind: 'unsound', problem: problemOf(cause, text) };
  }
}

function compileForm(text: string, form: ResultForm): Compiled {
  const run = environmentOf(form).parse(text);
  const { problems, result } = structureOf(run.ast);
  const [problem] = problems;
  if (problem !== undefined) return { kind: 'unsound', problem };
  if (result !== form) return compileForm(text, result);
  const { type, error } = run.check();
  if (error !== undefined) throw error;
  if (type !== 'bool') return { kind: 'unsound', problem: { ...NOT_AN_ANSWER, position: run.ast.pos } };
  const compiled = { kind: 'sound', run, result } as const;
  tryOut(compiled);
  return compiled;
}

const NOT_AN_ANSWER = { problem: 'is not true or false', hint: 'compare something, as in candidate < 0.05' };
const ANY: ConditionValues = { candidate: 0.5, control: 0.25, ratio: 2, samples: 100, units: [0.5, 0.7] };

/** The control may be null, so its uses have no type before they are evaluated: find a wrong one now. */
function tryOut({ run, result }: Sound): void {
  try {
    run({ ...ANY, result: result === 'list' ? ANY.units : ANY.candidate });
  } catch (cause) {
    if (cause instanceof EvaluationError && cause.code === 'no_such_overload') throw cause;
  }
}

function environmentOf(form: ResultForm): Environment {
  const known = ENVIRONMENTS.get(form);
  if (known !== undefined) return known;
  const made = environmentWith(form);
  ENVIRONMENTS.set(form, made);
  return made;
}

function problemOf(cause: unknown, text: string): ConditionProblem {
  const position = isOfLanguage(cause) ? (cause.range?.start ?? 0) : 0;
  return { problem: reasonOf(cause), hint: hintFor(cause, text), position };
}

function hintFor(cause: unknown, text: string): string {
  if (/\b(and|or|not)\b/.test(text)) return 'write && for and, || for or, ! for not';
  if (text.includes('#')) return 'write result.all(x, x < 5) for all(result, # < 5)';
  const code = isOfLanguage(cause) ? cause.code : '';
  if (code === 'unknown_variable') return `known are ${VARIABLES.join(', ')}`;
  if (code === 'no_such_overload') return 'numbers go with numbers';
  return 'a CEL expression, as in candidate < 0.05 && samples >= 100';
}

function reasonOf(cause: unknown): string {
  if (!isOfLanguage(cause)) return 'cannot be evaluated';
  const { summary } = cause;
  return summary.includes('dyn<null>') ? 'there is no control to compare with' : summary;
}

function isOfLanguage(cause: unknown): cause is ParseError | EvaluationError | TypeError {
  return cause instanceof ParseError || cause instanceof EvaluationError || cause instanceof TypeError;
}
