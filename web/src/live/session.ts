import { ENDPOINTS } from '../../../src/client/browser.ts';
import type { SessionView } from '../../../src/client/index.ts';
import type { Ask } from './ask.ts';

/** Whether somebody is logged in, and who. */
export type Session =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'out' }
  | { readonly kind: 'in'; readonly who: SessionView };

/** Logs the holder of a token in; the server answers with a cookie that scripts cannot read. */
export async function logIn(ask: Ask, token: string): Promise<void> {
  await ask(ENDPOINTS.logIn, { headers: { authorization: `Bearer ${token}` } });
}
