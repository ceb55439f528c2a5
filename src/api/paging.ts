import { Type, type TObject, type TProperties } from 'typebox';
import { Failure } from '../base/failure.ts';

/** Where an item stands in its list: unlike any other's, and the same for as long as it is there. */
export type Position = readonly (string | number)[];

/** How a list is told in pages. */
export interface Paging<T> {
  /** Whether positions grow along the list. */
  readonly order: 'ascending' | 'descending';
  /** `index` will do for a list that only ever grows at its end. */
  readonly positionOf: (item: T, index: number) => Position;
}

/** Which page. */
export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next one begins; absent: this is the last. */
  readonly next?: string;
}

/** Items of a page, unless more or fewer are asked for. */
export const USUAL_PAGE = 100;
/** The most items of a page. */
export const LARGEST_PAGE = 1_000;

const CURSOR_LENGTH = 2_048;

/** Which page, as fields of a query. */
export const PAGE_FIELDS = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LARGEST_PAGE, default: USUAL_PAGE, description: 'Items of a page' }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: CURSOR_LENGTH,
      pattern: '^[A-Za-z0-9_-]+$',
      description: 'Where the page begins: as in the address that `Link` names as the next one',
    }),
  ),
};

/** The query of a list that is told in pages. */
export function pagedQuery<P extends TProperties>(fields: P): TObject<P & typeof PAGE_FIELDS> {
  return Type.Object({ ...fields, ...PAGE_FIELDS }, { additionalProperties: false });
}

/**
 * A page of a list. It begins after the position that the cursor names, whatever has come to be before it or has gone
 * meanwhile. Throws Failure `usage` for a cursor that is not of this list, which `of` names.
 */
export function pageOf<T>(
  items: readonly T[],
  { order, positionOf, of }: Paging<T> & { readonly of: string },
  { limit = USUAL_PAGE, cursor }: PageQuery,
): Page<T> {
  const after = cursor === undefined ? undefined : positionIn(cursor, of);
  const sign = order === 'ascending' ? 1 : -1;
  const rest = items
    .map((item, index) => ({ item, position: positionOf(item, index) }))
    .filter(({ position }) => after === undefined || sign * comparePositions(position, after) > 0)
    .sort((a, b) => sign * comparePositions(a.position, b.position));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const isLast = last === undefined || page.length === rest.length;
  return {
    items: page.map(({ item }) => item),
    ...(isLast ? {} : { next: cursorAt(of, last.position) }),
  };
}

/** The cursor of what comes after a position in a list. */
export function cursorAt(of: string, position: Position): string {
  return Buffer.from(JSON.stringify([of, ...position])).toString('base64url');
}

/** The position that a cursor names. Throws Failure `usage` when it is not one of this list. */
export function positionIn(cursor: string, of: string): Position {
  const [named, ...position] = read(cursor) ?? [];
  if (named === of && position.length > 0) return position;
  throw notOfThisList();
}

/** The same for a list whose positions are counted from 0. Throws Failure `usage` as well. */
export function placeIn(cursor: string, of: string): number {
  const [place] = positionIn(cursor, of);
  if (typeof place === 'number' && Number.isSafeInteger(place) && place >= 0) return place;
  throw notOfThisList();
}

function notOfThisList(): Failure {
  return new Failure('usage', 'the cursor is not one of this list', {
    problems: [
      {
        path: 'cursor',
        reason: 'is not one of this list',
        hint: 'take it as it is from the header `Link` of the page before, or leave it out to begin',
      },
    ],
  });
}

function read(cursor: string): Position | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) && value.every(isPart) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPart(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function comparePositions(a: Position, b: Position): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined || part === other) continue;
    if (typeof part === typeof other) return part < other ? -1 : 1;
    return typeof part === 'number' ? -1 : 1;
  }
  return 0;
}
