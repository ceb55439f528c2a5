import { randomFillSync } from 'node:crypto';

const ID = /^[A-Za-z0-9_-]{22}$/;
const ID_BYTES = 16;
const POOL_BYTES = 256 * ID_BYTES;

/** The id in the Cookie header when it looks like one of ours; undefined otherwise, so that it is replaced. */
export function readId(cookieHeader: string, name: string): string | undefined {
  return findCookie(cookieHeader, name, isId);
}

/** The first value that the Cookie header has of a name, which it may have more than once, and that fits. */
export function findCookie(
  cookieHeader: string,
  name: string,
  fits: (value: string) => boolean,
): string | undefined {
  let at = 0;
  while (at < cookieHeader.length) {
    const semicolon = cookieHeader.indexOf(';', at);
    const end = semicolon === -1 ? cookieHeader.length : semicolon;
    const equals = cookieHeader.indexOf('=', at);
    if (equals !== -1 && equals < end && cookieHeader.slice(at, equals).trim() === name) {
      const value = cookieHeader.slice(equals + 1, end).trim();
      if (fits(value)) return value;
    }
    at = end + 1;
  }
  return undefined;
}

function isId(value: string): boolean {
  return ID.test(value);
}

/** The Set-Cookie value that gives a client its id: for as long as its browser session lasts, or for so many seconds. */
export function setIdCookie(cookie: {
  readonly name: string;
  readonly id: string;
  readonly secure: boolean;
  readonly maxAgeS?: number;
}): string {
  const age = cookie.maxAgeS === undefined ? '' : `; Max-Age=${cookie.maxAgeS}`;
  return `${cookie.name}=${cookie.id}; Path=/${age}; HttpOnly; SameSite=Lax${cookie.secure ? '; Secure' : ''}`;
}

/** Makes random ids of 128 bits, drawing them in batches since each draw is a system call. */
export function idSource(): () => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return () => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += ID_BYTES;
    return pool.toString('base64url', used - ID_BYTES, used);
  };
}
