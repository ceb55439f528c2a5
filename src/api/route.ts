import { Type, type Static, type TObject } from 'typebox';
import { readerOf } from '../base/schema-reader.ts';
import type { AnswerOf, Endpoint } from './endpoints.ts';
import { typedQuery } from './input.ts';
import type { Operations } from './operations.ts';
import type { Decided } from './state-tag.ts';

/** A request as HTTP brings it. */
export interface Incoming {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined when the route takes no body. */
  readonly body: unknown;
}

/** One operation over HTTP. Operations that answer with a live stream are in `live-routes.ts`. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly query: TObject;
  /** Absent: it takes none. */
  readonly body?: TObject;
  /** Set for a list that is told in pages. */
  readonly isPaged?: true;
  /** Types that its answer may have besides JSON. */
  readonly otherTypes?: readonly string[];
  /** Checks what was sent, and answers what is to be done. Throws Failure `usage`. */
  workOf(incoming: Incoming): Work;
}

/** Does what a request asks for, as far as its caller may. */
export type Work = (operations: Operations) => Promise<Answer>;

/** What is answered. */
export interface Answer {
  /** Sent as JSON; undefined: an answer without a body. */
  readonly value: unknown;
  /** The cursor of the next page; absent: there is none. */
  readonly next?: string;
  /** What a request that changes it may be conditional on. */
  readonly decided?: Decided;
  /** Set for JSON that is made while it is sent, in place of `value`, since nobody is to hold the whole of it. */
  readonly pieces?: AsyncIterable<string>;
  /** Set for a text that is sent as it is, in place of JSON. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** True for an answer about one thing, which has a tag (RFC 9110, 8.8.3). */
export function isTagged({
  endpoint: { method },
  isPaged,
  otherTypes,
}: {
  readonly endpoint: Endpoint;
  readonly isPaged?: true | undefined;
  readonly otherTypes?: readonly string[];
}): boolean {
  return method === 'GET' && isPaged === undefined && otherTypes === undefined;
}

/** What takes nothing. */
export const NOTHING = Type.Object({}, { additionalProperties: false });

/** What the path of a request names. */
export interface Named {
  readonly name: string;
  readonly number: string;
  readonly id: string;
}

type Reading<E extends Endpoint, Q> = (
  operations: Operations,
  input: Named & { readonly query: Q },
) => AnswerOf<E>;
type Writing<E extends Endpoint, B> = (
  operations: Operations,
  input: Named & { readonly body: B },
) => AnswerOf<E>;

/** An operation that takes a query alone. */
export function reading<E extends Endpoint, Q extends TObject>(
  endpoint: E,
  schema: Q,
  run: Reading<E, Static<Q>>,
): Route {
  const read = readerOf(schema, 'query');
  return {
    endpoint,
    query: schema,
    workOf({ params, query }) {
      const input = { ...named(params), query: read(typedQuery(schema, query)) };
      return answering((operations) => run(operations, input));
    },
  };
}

/** An operation that takes a body. */
export function writing<E extends Endpoint, B extends TObject>(
  endpoint: E,
  schema: B,
  run: Writing<E, Static<B>>,
): Route {
  const read = readerOf(schema, 'body');
  const noQuery = readerOf(NOTHING, 'query');
  return {
    endpoint,
    query: NOTHING,
    body: schema,
    workOf({ params, query, body }) {
      noQuery(query);
      const input = { ...named(params), body: read(body) };
      return answering((operations) => run(operations, input));
    },
  };
}

/** What a path names; empty where it names none. */
export function named(params: Readonly<Record<string, string>>): Named {
  return { name: params['name'] ?? '', number: params['number'] ?? '', id: params['id'] ?? '' };
}

function answering(run: (operations: Operations) => Promise<unknown>): Work {
  return async (operations) => ({ value: await run(operations) });
}
