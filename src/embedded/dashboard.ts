import type { Admitted } from '../api/access/caller.ts';
import { ENTER_PATH } from '../api/endpoints.ts';
import type { LinkRequest, LinkView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import type { BrowserSessions } from './sessions.ts';

/** The way to the dashboard. */
export class Dashboard {
  readonly #sessions: Pick<BrowserSessions, 'link'>;
  readonly #api: () => string | undefined;

  /** `api`: where the API answers over TCP, as a URL; undefined: nowhere. */
  constructor(sessions: Pick<BrowserSessions, 'link'>, api: () => string | undefined) {
    this.#sessions = sessions;
    this.#api = api;
  }

  /** Throws Failure `usage` where no browser gets to, `notPermitted` for more than `caller` may do himself. */
  link(caller: Admitted, request: LinkRequest): LinkView {
    const api = this.#api();
    if (api === undefined) {
      throw new Failure('usage', 'no browser can get here: the API answers on the control socket only', {
        hint: 'start coalmine with --api-port, as in "coalmine up --api-port 7070"',
      });
    }
    const { code, expiresAt } = this.#sessions.link(caller, request);
    return { url: `${api}${ENTER_PATH}?code=${code}`, expiresAt };
  }
}
