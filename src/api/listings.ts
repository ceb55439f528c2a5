import { Type } from 'typebox';
import { readerOf } from '../base/schema-reader.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { typedQuery } from './input.ts';
import type { Operations } from './operations.ts';
import { cursorAt, PAGE_FIELDS, pagedQuery, pageOf, placeIn, USUAL_PAGE, type Paging } from './paging.ts';
import { named, type Named, type Route } from './route.ts';

/** Events of a page, unless more or fewer are asked for. */
const USUAL_EVENTS = 1_000;
const EVENTS_QUERY = Type.Object(
  {
    rollout: Type.Optional(Type.String({ minLength: 1, maxLength: 4_096 })),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Events after the one of this id, oldest first; without it, the newest there are',
      }),
    ),
    ...PAGE_FIELDS,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, default: USUAL_EVENTS, description: 'Events of a page' }),
    ),
  },
  { additionalProperties: false },
);

type Listing<T> = (operations: Operations, input: Named) => Promise<readonly T[]>;

/** A list that is told in pages, and read as a whole, since it is not long. */
export function listing<T>(endpoint: Endpoint, paging: Paging<T>, run: Listing<T>): Route {
  const schema = pagedQuery({});
  const read = readerOf(schema, 'query');
  return {
    endpoint,
    query: schema,
    isPaged: true,
    workOf({ params, query }) {
      const asked = read(typedQuery(schema, query));
      return async (operations) => {
        const items = await run(operations, named(params));
        const page = pageOf(items, { ...paging, of: endpoint.path }, asked);
        return { value: page.items, ...(page.next === undefined ? {} : { next: page.next }) };
      };
    },
  };
}

/** A list that is read by the page, since it may be long. */
export interface Numbered<T> {
  /** The items after the one of a number, or from the beginning. */
  readonly read: (
    operations: Operations,
    input: Named,
    part: { readonly from?: number; readonly limit: number },
  ) => Promise<readonly T[]>;
  /** The number of an item, which stays; `index` counts those that were read after the one of the number `from`. */
  readonly numberOf: (item: T, index: number, from: number) => number;
}

/** Such a list. As many items are read as there are on a page, and one more, which tells whether there is another page. */
export function numberedListing<T>(endpoint: Endpoint, { read, numberOf }: Numbered<T>): Route {
  const of = endpoint.path;
  const schema = pagedQuery({});
  const readQuery = readerOf(schema, 'query');
  return {
    endpoint,
    query: schema,
    isPaged: true,
    workOf({ params, query }) {
      const { cursor, limit = USUAL_PAGE } = readQuery(typedQuery(schema, query));
      const from = cursor === undefined ? {} : { from: placeIn(cursor, of) };
      return async (operations) => {
        const found = await read(operations, named(params), { ...from, limit: limit + 1 });
        const value = found.slice(0, limit);
        const last = found.length > limit ? value.at(-1) : undefined;
        if (last === undefined) return { value };
        return { value, next: cursorAt(of, [numberOf(last, limit - 1, from.from ?? 0)]) };
      };
    },
  };
}

/** Events are told forward from a place in the stream, or else the newest are; what comes next is what comes later. */
export function eventListing(): Route {
  const endpoint = ENDPOINTS.events;
  const of = endpoint.path;
  const read = readerOf(EVENTS_QUERY, 'query');
  return {
    endpoint,
    query: EVENTS_QUERY,
    isPaged: true,
    workOf({ query }) {
      const { cursor, limit = USUAL_EVENTS, ...asked } = read(typedQuery(EVENTS_QUERY, query));
      const from = cursor === undefined ? {} : { after: placeIn(cursor, of) };
      const isForward = cursor !== undefined || asked.after !== undefined;
      return async (operations) => {
        const value = await operations.events({ ...asked, limit, ...from });
        const last = isForward && value.length === limit ? value.at(-1) : undefined;
        return { value, ...(last === undefined ? {} : { next: cursorAt(of, [last.id]) }) };
      };
    },
  };
}
