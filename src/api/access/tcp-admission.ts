import { Failure } from '../../base/failure.ts';
import { bearerOf } from './admission.ts';
import type { Access, Admitted } from './caller.ts';
import { refuseForgery } from './forgery.ts';
import { sessionSecret } from './session-cookie.ts';
import { hostOf, type Site } from './site.ts';

/**
 * Who asks over TCP: the holder of a token, or a browser with a session, since anybody on the machine can connect. Throws
 * Failure `unauthenticated` for who shows neither, or a token that is of no use, and `notPermitted` for a cookie that a
 * page of another site may have sent along.
 */
export async function callerOverTcp(
  request: Pick<Request, 'headers' | 'method'>,
  access: Pick<Access, 'holderOf' | 'sessions'>,
  site: Site,
): Promise<Admitted> {
  const bearer = bearerOf(request.headers.get('authorization'));
  if (bearer !== undefined) return { ...(await access.holderOf(bearer)), by: 'token' };
  const secret = access.sessions === undefined ? undefined : ownSessionSecret(request, site);
  if (access.sessions !== undefined && secret !== undefined) {
    return { ...(await access.sessions.holderOf(secret)), by: 'session' };
  }
  throw new Failure('unauthenticated', 'over TCP every request needs a token', {
    hint: 'send "Authorization: Bearer SECRET"; `coalmine token create` makes one',
  });
}

/**
 * The secret of the session that a browser comes by; undefined without one. Throws Failure `notPermitted` for a cookie that
 * a page of another site may have sent along.
 */
export function ownSessionSecret(
  request: Pick<Request, 'headers' | 'method'>,
  site: Site,
): string | undefined {
  const secret = sessionSecret(request, site);
  if (secret !== undefined) refuseForgery(request);
  return secret;
}

/**
 * Throws Failure `notPermitted` for a request that a page of another site may have sent: by a name that only its owner
 * says is this machine (DNS rebinding), or from an origin that is not this server's; and for one that has not come over TLS where it should.
 */
export function refuseStrangers(request: Request, site: Site): void {
  const { hosts, isCalled, schemeOf, refuseUnprotected } = site;
  const { headers } = request;
  const host = hostOf(request);
  if (!isCalled(host)) {
    throw new Failure('notPermitted', `this server is not called "${host.slice(0, 100)}"`, {
      hint: `ask it as ${hosts.slice(0, 2).join(' or ')}`,
    });
  }
  refuseUnprotected(request);
  const origin = headers.get('origin')?.toLowerCase();
  if (origin === undefined || origin === `${schemeOf(request)}://${host}`) return;
  throw new Failure('notPermitted', `pages of ${origin.slice(0, 100)} may not ask this server`);
}
