import type { Static, TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import { closest } from './closest.ts';
import { Failure, problemText, type Problem } from './failure.ts';

type Errors = ReturnType<ReturnType<typeof Compile>['Errors']>;

/** A reader that answers the value when it has the schema's shape, and throws Failure `usage` otherwise. */
export function readerOf<T extends TObject>(schema: T, what: string): (input: unknown) => Static<T> {
  const validator = Compile(schema);
  return (input) => {
    if (validator.Check(input)) return input;
    const problems = problemsOf(validator.Errors(input), Object.keys(schema.properties));
    const [first] = problems;
    const why = first === undefined ? 'not an object' : problemText(first);
    throw new Failure('usage', `the ${what} is not valid: ${why}`, { problems });
  };
}

function problemsOf(errors: Errors, known: readonly string[]): readonly Problem[] {
  return errors.flatMap((error) => problemsOfOne(error, known));
}

function problemsOfOne(error: Errors[number], known: readonly string[]): readonly Problem[] {
  const path = pathOf(error.instancePath);
  if (error.keyword === 'additionalProperties') {
    return error.params.additionalProperties.map((field) => unknownField(join(path, field), known));
  }
  if (error.keyword === 'required') {
    return error.params.requiredProperties.map((field) => ({
      path: join(path, field),
      reason: 'is required',
    }));
  }
  // Said already, and better, by `additionalProperties`.
  if (error.keyword === 'boolean') return [];
  if (error.keyword === 'enum') {
    return [{ path, reason: `must be one of ${error.params.allowedValues.map(String).join(', ')}` }];
  }
  return [{ path, reason: error.message }];
}

function unknownField(path: string, known: readonly string[]): Problem {
  const near = closest(path, known);
  return {
    path,
    reason: 'is not a field of this request',
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
  };
}

/** `/a/0/b` as `a[0].b`. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '');
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
