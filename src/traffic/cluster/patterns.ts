import type { NamedTest, TextTest } from '../../rollout/match.ts';

/** A text as a pattern (RE2) that fits nothing else. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A pattern for the whole of a value. */
export function valuePattern(test: TextTest): string {
  return `^${bodyOf(test, '.')}$`;
}

/** A pattern for a whole Cookie field in which the cookie is as the test says; it must be there. */
export function cookiePattern({ name, ...test }: NamedTest): string {
  const value = 'present' in test ? '[^;]*' : bodyOf(test, '[^;]');
  return `^(.*;\\s*)?${literal(name)}=${value}(;.*)?$`;
}

function bodyOf(test: TextTest, any: string): string {
  if ('exact' in test) return literal(test.exact);
  return 'prefix' in test ? `${literal(test.prefix)}${any}*` : `(${test.regex})`;
}
