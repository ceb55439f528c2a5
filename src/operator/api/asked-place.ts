import { Failure } from '../../base/failure.ts';

/** The path below which what is about some namespaces is asked: one, or for lists and streams several with commas between. */
export const PLACE_PATH = '/namespaces/:namespace{[a-z0-9,-]{1,2048}}';

const PLACE = /^\/namespaces\/([a-z0-9-]{1,63}(?:,[a-z0-9-]{1,63})*)(?=\/|$)/;
/** Each is a watch of its own. */
const MOST_NAMESPACES = 50;

/** True for a path that names namespaces. */
export function namesPlace(path: string): boolean {
  return PLACE.test(path);
}

/**
 * The namespaces that a request is about; undefined: all. Throws Failure `notFound` for one that the operator does not look
 * after, `usage` for too many.
 */
export function namespacesAsked(
  { url }: Pick<Request, 'url'>,
  watched: string | undefined,
): readonly string[] | undefined {
  const [, text] = PLACE.exec(new URL(url).pathname) ?? [];
  if (text === undefined) return watched === undefined ? undefined : [watched];
  const names = [...new Set(text.split(','))];
  if (names.length > MOST_NAMESPACES) {
    throw new Failure('usage', `${names.length} namespaces are too many to be asked about at once`, {
      hint: `name ${MOST_NAMESPACES} at most`,
    });
  }
  const elsewhere = names.find((name) => watched !== undefined && name !== watched);
  if (elsewhere === undefined || watched === undefined) return names;
  throw new Failure('notFound', `this operator does not look after the namespace ${elsewhere}`, {
    hint: `it looks after ${watched} alone`,
  });
}

/** The path that is asked for in a place. */
export function pathInPlace({ url }: Pick<Request, 'url'>): string {
  return new URL(url).pathname.replace(PLACE, '');
}
