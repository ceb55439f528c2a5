/** A word of letters, with two digits at its end at most, as in `orders` and `v2`. */
const WORD = /^[A-Za-z][A-Za-z_.-]{0,23}\d{0,2}$/;

/** A name as it may be shown; what may be an id, a person or a secret is `*`. */
export function plainWord(name: string): string {
  return WORD.test(name) ? name : '*';
}

/** A path without its query, whose segments are plain words. */
export function pathPattern(path: string): string {
  const end = path.indexOf('?');
  const segments = (end === -1 ? path : path.slice(0, end)).split('/').slice(0, 12);
  return segments.map((segment) => (segment === '' ? '' : plainWord(segment))).join('/');
}
