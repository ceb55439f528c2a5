import type { TObject } from 'typebox';
import { Failure } from '../base/failure.ts';

/** What comes in with a request, unread. */
export type RawInput = Readonly<Record<string, unknown>>;

/** Query parameters with the numbers and booleans their schema asks for; what does not fit stays text. */
export function typedQuery(schema: TObject, query: Readonly<Record<string, string>>): RawInput {
  return Object.fromEntries(
    Object.entries(query).map(([key, text]) => [key, typedValue(schema.properties[key], text)]),
  );
}

function typedValue(schema: object | undefined, text: string): unknown {
  const type = schema !== undefined && 'type' in schema ? schema.type : undefined;
  if (type === 'integer' && /^\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Reads the number of a release in an address. Throws Failure `usage` for what is none. */
export function releaseNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Failure('usage', `"${text.slice(0, 40)}" is not the number of a release`);
}

/** Reads the id of an event in a header. Throws Failure `usage` for what is none. */
export function eventId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Failure('usage', `Last-Event-ID: "${text.slice(0, 40)}" is not the id of an event`, {
    hint: 'send the id of the last event that was read, or leave it out to be told of events from now on',
  });
}
