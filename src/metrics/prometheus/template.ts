import { Failure } from '../../base/failure.ts';
import { piecesOf } from '../../rollout/query/pieces.ts';
import { PLACEHOLDER, placeholderOf } from '../../rollout/query/placeholders.ts';
import { unknownPlaceholder } from '../../rollout/query/problems.ts';
import { escaped, literalPattern, promDuration } from './promql.ts';

/** What a query may ask for between double braces; absent where there is no such thing. */
export interface QueryValues {
  readonly track: string;
  readonly revision: string;
  /** The Rollout's. */
  readonly name: string;
  readonly namespace?: string;
  /** How the names of the track's pods begin. */
  readonly pods?: string;
  /** The Service of the track. */
  readonly service?: string;
  /** How far a query looks back. */
  readonly windowMs?: number;
}

/** What may stand in a query outside quotes without becoming something else. */
const BARE = /^\w+$/;

/**
 * Fills the placeholders of a query: `{{revision}}`, `{{pods}}`, and so on. Values are escaped for the string they stand
 * in, and for the regular expression where the matcher has one, so that a value is only ever a value. Throws Failure for an unknown name, and for a value that cannot stand where it is wanted.
 */
export function fillQuery(template: string, values: QueryValues): string {
  let before = '';
  for (const { kind, text } of piecesOf(template)) {
    if (kind === 'comment') continue;
    const place =
      kind === 'code' ? undefined : { quote: text.charAt(0), isPattern: /[=!]~\s*$/.test(before) };
    before += text.replace(PLACEHOLDER, (_, name: string) => written(valueOf(name, values), name, place));
  }
  return before;
}

function valueOf(name: string, values: QueryValues): string {
  const known = placeholderOf(name);
  if (known === undefined) throw unknown(name);
  const { windowMs } = values;
  const window = windowMs === undefined ? undefined : promDuration(windowMs);
  const value = { ...values, window }[known];
  if (value !== undefined) return value;
  throw new Failure('invalidSpec', `a query uses {{${name}}}, which has no value here`, {
    hint: 'Leave it out of the query.',
  });
}

function unknown(name: string): Failure {
  const { reason, hint } = unknownPlaceholder(name);
  return new Failure('invalidSpec', `in a query ${reason}`, { hint });
}

/** The string a placeholder stands in. */
interface Place {
  readonly quote: string;
  readonly isPattern: boolean;
}

function written(value: string, name: string, place: Place | undefined): string {
  if (place === undefined) {
    if (BARE.test(value)) return value;
    throw new Failure('invalidSpec', `a query uses {{${name}}} outside quotes, where ${value} cannot stand`, {
      hint: `Put it in quotes, as in {label="{{${name}}}"}.`,
    });
  }
  const text = place.isPattern ? literalPattern(value) : value;
  if (place.quote === '"' || place.quote === "'") return escaped(text, place.quote);
  if (!text.includes('`')) return text;
  throw new Failure(
    'invalidSpec',
    `a query uses {{${name}}} between backticks, where ${value} cannot stand`,
    {
      hint: 'Use double quotes instead.',
    },
  );
}
