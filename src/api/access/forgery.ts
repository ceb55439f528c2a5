import { Failure } from '../../base/failure.ts';

/** The header that goes with the cookie of a session. A page of another origin cannot send it without being asked first. */
export const REQUEST_HEADER = 'x-coalmine-request';

const FROM = 'dashboard';
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD'];
/** `Sec-Fetch-Site` of a request that this server's own pages, or the person himself, has made. */
const OWN: readonly (string | null)[] = ['same-origin', 'none', null];

/**
 * Throws Failure `notPermitted` for a request that a page of another site may have made a browser send, with the cookie
 * that it sends along by itself (CSRF). That its `Origin` is this server's, where it has one, was looked at before.
 */
export function refuseForgery({ headers, method }: Pick<Request, 'headers' | 'method'>): void {
  const from = headers.get('sec-fetch-site');
  if (!isOfOwnPage(headers)) {
    throw new Failure('notPermitted', `pages of another site may not ask this server (${String(from)})`);
  }
  if (SAFE_METHODS.includes(method)) return;
  if (headers.get('origin') === null && from !== 'same-origin') {
    throw new Failure(
      'notPermitted',
      'a request with the cookie of a session does not say where it is from',
      {
        hint: 'programs send a token instead: "Authorization: Bearer SECRET"',
      },
    );
  }
  if (headers.get(REQUEST_HEADER) === FROM) return;
  throw new Failure(
    'notPermitted',
    `a request with the cookie of a session lacks "${REQUEST_HEADER}: ${FROM}"`,
    {
      hint: 'programs send a token instead: "Authorization: Bearer SECRET"',
    },
  );
}

/** True unless the browser says that a page of another origin is behind a request, one of another port here too. */
export function isOfOwnPage(headers: Headers): boolean {
  return OWN.includes(headers.get('sec-fetch-site'));
}
