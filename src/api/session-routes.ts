import type { Context, Hono } from 'hono';
import { Failure } from '../base/failure.ts';
import type { Admitted, Caller, NewSession, SessionEnds } from './access/caller.ts';
import { isOfOwnPage } from './access/forgery.ts';
import { noCookie, sessionCookie, sessionSecret } from './access/session-cookie.ts';
import { sessionView } from './access/session-view.ts';
import type { Site } from './access/site.ts';
import { noteAsked, noteCaller, noteOutcome } from './auditing.ts';
import { ENDPOINTS, ENTER_PATH } from './endpoints.ts';
import { entryPage } from './entry-page.ts';

/** How browsers come in where a server lets them. */
export interface Browsers {
  readonly sessions: SessionEnds;
  readonly site: Site;
  /** Who may begin a session by the code of a link, which is good once; absent: there are no links. */
  readonly holderOfLink?: (code: string) => Promise<Caller>;
}

/** What the routes of sessions are made of. */
export interface SessionRouteOptions {
  readonly admit: (request: Request) => Promise<Admitted>;
  /** Absent: nobody begins a session here. */
  readonly browsers?: Browsers;
}

/** Serves who asks, how a browser begins its session, by a token or by a link, and how it ends. */
export function serveSessions(app: Hono, { admit, browsers }: SessionRouteOptions): void {
  const { session, logIn, logOut } = ENDPOINTS;
  app.on(session.method, session.path, async ({ req }) => Response.json(sessionView(await admit(req.raw))));
  app.on(logIn.method, logIn.path, async ({ req }) => {
    const caller = await admit(req.raw);
    const { sessions, site } = required(browsers);
    if (caller.by !== 'token') {
      throw new Failure('usage', 'a session begins with a token', {
        hint: 'send "Authorization: Bearer SECRET"',
      });
    }
    await noteAsked(req.raw, logIn, undefined);
    const begun = await sessions.begin(caller, req.raw);
    const view = sessionView({ ...begun.caller, by: 'session' });
    return Response.json(view, { headers: { 'set-cookie': cookieOf(req.raw, site, begun) } });
  });
  app.on(logOut.method, logOut.path, async ({ req }) => {
    const { by } = await admit(req.raw);
    const { sessions, site } = required(browsers);
    const secret = sessionSecret(req.raw, site);
    if (by !== 'session' || secret === undefined) throw new Failure('usage', 'there is no session to end');
    await noteAsked(req.raw, logOut, undefined);
    await sessions.end(secret);
    return new Response(null, { status: 204, headers: { 'set-cookie': noCookie(req.raw, site) } });
  });
  if (browsers?.holderOfLink === undefined) return;
  const { holderOfLink, ...rest } = browsers;
  app.get(ENTER_PATH, (context) => followLink(context, { ...rest, holderOfLink }));
}

/** A link is followed: once, by the person himself, and not by a browser that looks ahead. */
async function followLink(
  { req }: Context,
  { sessions, site, holderOfLink }: Required<Browsers>,
): Promise<Response> {
  const { headers } = req.raw;
  if (req.method !== 'GET' || headers.has('sec-purpose')) {
    noteOutcome(req.raw, 'notPermitted');
    return new Response(null, { status: 503 });
  }
  if (!isOfOwnPage(headers)) {
    noteOutcome(req.raw, 'notPermitted');
    return entryPage(403, 'A page of another site has sent you here. Paste the link into the address bar.');
  }
  try {
    const caller = await holderOfLink(req.query('code') ?? '');
    noteCaller(req.raw, { ...caller, by: 'link' });
    await noteAsked(req.raw, { path: ENTER_PATH }, undefined);
    const begun = await sessions.begin(caller, req.raw);
    const cookie = cookieOf(req.raw, site, begun);
    return new Response(null, { status: 303, headers: { location: '/', 'set-cookie': cookie } });
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== 'unauthenticated') throw thrown;
    noteOutcome(req.raw, thrown.code);
    return entryPage(401, 'This link was used already, or is older than ten minutes.');
  }
}

function cookieOf(request: Request, site: Site, { secret }: NewSession): string {
  return sessionCookie(request, site, secret);
}

function required(browsers: Browsers | undefined): Browsers {
  if (browsers !== undefined) return browsers;
  throw new Failure('usage', 'sessions are for browsers, which come over TCP', {
    hint: 'start coalmine with --api-port',
  });
}
