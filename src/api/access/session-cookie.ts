import { Failure } from '../../base/failure.ts';
import type { Site } from './site.ts';

type Asking = Pick<Request, 'headers'>;

/** No longer than what browsers keep, with the name and the attributes. */
const SECRET = /^[\w-]{1,3800}$/;

/**
 * The secret in the session cookie; undefined without one. Throws Failure `unauthenticated` for two of them: another
 * server under this name has set one (cookies know no ports), and nobody can tell which.
 */
export function sessionSecret(request: Asking, site: Site): string | undefined {
  const name = nameFor(request, site);
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const [value, ...others] = pairs
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (others.length > 0) {
    throw new Failure('unauthenticated', `there are ${others.length + 1} cookies ${name}`, {
      hint: 'another server of this name has set one: delete the cookies of this page, and log in again',
    });
  }
  return value !== undefined && SECRET.test(value) ? value : undefined;
}

/** The `Set-Cookie` header that begins a session; it ends with the browser, or before. */
export function sessionCookie(request: Asking, site: Site, secret: string): string {
  return `${nameFor(request, site)}=${secret}; ${attributes(request, site)}`;
}

/** The `Set-Cookie` header that takes the cookie away. */
export function noCookie(request: Asking, site: Site): string {
  return `${nameFor(request, site)}=; Max-Age=0; ${attributes(request, site)}`;
}

function attributes(request: Asking, site: Site): string {
  const secure = site.schemeOf(request) === 'https' ? '; Secure' : '';
  return `Path=/; HttpOnly; SameSite=Strict${secure}`;
}

/** `__Host-` keeps servers of a domain above from setting it. Browsers accept that over TLS only. */
function nameFor(request: Asking, { cookieOf, schemeOf }: Site): string {
  const name = cookieOf(request);
  return schemeOf(request) === 'https' ? `__Host-${name}` : name;
}
