import type { ENDPOINTS } from '../../src/api/endpoints.ts';
import { UPLOAD_TYPE } from '../../src/api/upload-limits.ts';
import type { AccessRole } from '../../src/engine/access-role.ts';
import { aDocument } from '../cli/views.ts';

/** How somebody is asked for something: each endpoint once, about the Rollout `shop` or its group. */
export interface EndpointRow {
  /** The least that may. */
  readonly role: AccessRole;
  /**
   * Whom it is about: a Rollout, so that those of others are out of reach; what its caller sees of all of them; nobody; or
   * the machine, which takes an admin of all Rollouts.
   */
  readonly of: 'own' | 'seen' | 'nobody' | 'machine';
  /** After `/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
  /** The type of a body that is not JSON. */
  readonly type?: string;
  /** Who alone gets something out of it, whatever his role is; the others have asked for nonsense, or may not. */
  readonly only?: { readonly by: readonly ('socket' | 'token' | 'session')[]; readonly otherwise: 400 | 403 };
}

const SHOP = '/rollouts/shop';
const reads = (path: string): EndpointRow => ({ role: 'viewer', of: 'own', path: `${SHOP}${path}` });
const acts = (path: string, body?: unknown): EndpointRow => ({
  ...{ role: 'operator', of: 'own', path: `${SHOP}${path}` },
  ...(body === undefined ? {} : { body }),
});
const rules = (path: string, body?: unknown): EndpointRow => ({
  ...{ role: 'admin', of: 'machine', path },
  ...(body === undefined ? {} : { body }),
});

/** Who may do what, for every endpoint there is: written down here by hand, and nowhere derived from what is tested. */
export const ENDPOINT_ROWS: Readonly<Record<keyof typeof ENDPOINTS, EndpointRow>> = {
  system: { role: 'viewer', of: 'nobody', path: '/system' },
  list: { role: 'viewer', of: 'seen', path: '/rollouts' },
  events: { role: 'viewer', of: 'seen', path: '/events' },
  stream: { role: 'viewer', of: 'seen', path: '/stream' },
  get: reads(''),
  history: reads('/releases'),
  ticks: reads('/releases/1/ticks'),
  report: reads('/releases/1/report'),
  revisions: reads('/revisions'),
  revision: reads('/revisions/r1-aaaaaaaaaaaa'),
  logs: reads('/logs'),
  plan: { role: 'operator', of: 'own', path: '/plan', body: { document: aDocument() } },
  release: acts('/releases', {}),
  releaseGroup: { role: 'operator', of: 'own', path: '/groups/all/releases', body: {} },
  steer: acts('/steer', { verb: 'pause' }),
  approve: acts('/approvals', {}),
  restart: acts('/restart'),
  scale: acts('/scale', { replicas: 2 }),
  maintain: acts('/maintenance', { on: false }),
  tryListeners: acts('/listeners/trial', {}),
  upload: {
    ...{ role: 'operator', of: 'nobody', path: '/uploads?kind=environment' },
    ...{ body: 'A=1', type: UPLOAD_TYPE },
  },
  apply: { role: 'admin', of: 'own', path: SHOP, body: { document: aDocument() } },
  remove: { role: 'admin', of: 'own', path: SHOP },
  createToken: rules('/tokens', { name: 'new', role: 'viewer' }),
  listTokens: rules('/tokens'),
  revokeToken: rules('/tokens/old'),
  listSessions: rules('/sessions'),
  endSession: rules('/sessions/0123456789ab'),
  endSessions: rules('/sessions?name=old'),
  audit: rules('/audit'),
  createLink: {
    ...{ role: 'viewer', of: 'nobody', path: '/links', body: {} },
    only: { by: ['socket', 'token'], otherwise: 403 },
  },
  session: { role: 'viewer', of: 'nobody', path: '/session' },
  logIn: { role: 'viewer', of: 'nobody', path: '/session', only: { by: ['token'], otherwise: 400 } },
  logOut: { role: 'viewer', of: 'nobody', path: '/session', only: { by: ['session'], otherwise: 400 } },
  shutDown: rules('/shutdown', { everything: false }),
};
