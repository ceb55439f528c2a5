import { closest } from '../base/closest.ts';
import { DURATION_PATTERN } from '../base/duration.ts';
import { SHARE_PATTERN } from '../base/share.ts';
import type { Finding } from './finding.ts';
import type { Shape } from './shape.ts';
import { anyOf, kindOf, shown } from './wording.ts';

/** What is wrong with a text, number or yes/no; undefined when it is as the schema wants it. */
export function scalarFinding(shape: Shape, value: unknown, path: string): Finding | undefined {
  if (shape.anyOf !== undefined) return eitherFinding(shape, value, path);
  if (shape.type === 'string') return textFinding(shape, value, path);
  if (shape.type === 'boolean') return typeof value === 'boolean' ? undefined : notBoolean(value, path);
  return numberFinding(shape, value, path);
}

/** A value of several possible types is told what is wrong with it as one of its own type. */
function eitherFinding(shape: Shape, value: unknown, path: string): Finding | undefined {
  const options = (shape.anyOf ?? []).filter((one) => one.type !== 'object');
  const findings = options.map((one) => scalarFinding(one, value, path));
  if (findings.includes(undefined)) return undefined;
  const form = shape['x-coalmine-form'];
  const textual = options.find((one) => one.type === 'string');
  if (form === undefined) return findings[0];
  return { path, reason: `${shown(value)} is not ${form}`, ...hint(suggestion(textual ?? {}, value)) };
}

function textFinding(shape: Shape, value: unknown, path: string): Finding | undefined {
  if (typeof value !== 'string') {
    const reason = `must be ${shape['x-coalmine-form'] ?? 'a text'}, but is ${kindOf(value)}`;
    return { path, reason, ...hint(suggestion(shape, value) ?? quoted(shape, value)) };
  }
  if (shape.enum !== undefined) return shape.enum.includes(value) ? undefined : notAWord(shape, value, path);
  const reason = wrongWith(shape, value);
  return reason === undefined ? undefined : { path, reason, ...hint(suggestion(shape, value)) };
}

function wrongWith(shape: Shape, value: string): string | undefined {
  const { pattern, minLength = 0, maxLength = Infinity } = shape;
  if (value.includes('\0')) return 'holds a zero byte';
  if (value.length < minLength) return 'must not be empty';
  const fits = pattern === undefined || new RegExp(pattern).test(value);
  return fits && value.length <= maxLength
    ? undefined
    : `${shown(value)} is not ${shape['x-coalmine-form'] ?? 'allowed'}`;
}

function notAWord(shape: Shape, value: string, path: string): Finding {
  const words = shape.enum ?? [];
  const near = closest(value, words) ?? words.find((one) => one.endsWith(value) && value.length > 2);
  const reason = `${shown(value)} is not one of its words: ${anyOf(words)}`;
  return { path, reason, ...hint(near === undefined ? undefined : `did you mean ${near}?`) };
}

function numberFinding(shape: Shape, value: unknown, path: string): Finding | undefined {
  const whole = shape.type === 'integer';
  if (typeof value === 'number' && (whole ? Number.isSafeInteger(value) : Number.isFinite(value))) {
    const reason = beyond(shape, value);
    return reason === undefined ? undefined : { path, reason };
  }
  const digits = typeof value === 'string' && /^\d{1,9}$/.test(value);
  return {
    path,
    reason: `must be ${whole ? 'a whole number' : 'a number'}, but is ${typeof value === 'number' ? String(value) : kindOf(value)}`,
    ...hint(digits ? `did you mean ${value}, without quotes?` : undefined),
  };
}

function beyond(shape: Shape, value: number): string | undefined {
  const { minimum = -Infinity, maximum = Infinity } = shape;
  const { exclusiveMinimum: above = -Infinity, exclusiveMaximum: below = Infinity } = shape;
  if (value < minimum) return `must be at least ${minimum}`;
  if (value > maximum) return `must be at most ${maximum}`;
  if (value <= above) return `must be more than ${above}`;
  return value >= below ? `must be less than ${below}` : undefined;
}

function notBoolean(value: unknown, path: string): Finding {
  const yes = typeof value === 'string' && /^(y|yes|on|true)$/i.test(value);
  const no = typeof value === 'string' && /^(n|no|off|false)$/i.test(value);
  const meant = yes ? 'write true' : no ? 'write false' : undefined;
  return { path, reason: `must be true or false, but is ${kindOf(value)}`, ...hint(meant) };
}

/** What a bare number, or a text near to the form, was probably meant to be. */
function suggestion(shape: Shape, value: unknown): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const written = String(value).trim();
  if (shape.pattern === SHARE_PATTERN) return shareMeant(written);
  return shape.pattern === DURATION_PATTERN ? durationMeant(written) : undefined;
}

function durationMeant(written: string): string | undefined {
  const [, digits, word = ''] = /^(\d+)\s*([a-z]*)$/i.exec(written) ?? [];
  if (digits === undefined) return undefined;
  const unit = /^(ms|milli)/i.test(word) ? 'ms' : word.charAt(0).toLowerCase();
  return `did you mean ${digits}${/^(ms|[smhd])$/.test(unit) ? unit : 's'}?`;
}

function shareMeant(written: string): string | undefined {
  const [, number] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(written) ?? [];
  return number === undefined ? undefined : `did you mean ${Number(Number(number).toFixed(3))}%?`;
}

/** Quotes make a text of it, which may still be of the wrong form. */
function quoted(shape: Shape, value: unknown): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  return wrongWith(shape, String(value)) === undefined ? 'put it in quotes' : undefined;
}

function hint(text: string | undefined): { readonly hint?: string } {
  return text === undefined ? {} : { hint: text };
}
