import type { AccessRole } from '../../engine/access-role.ts';
import type { Operations } from '../operations.ts';

/** What a caller needs for an operation. */
export interface Need {
  readonly role: AccessRole;
  readonly of: Reach;
}

/**
 * What a token for certain Rollouts must be for: the one that the operation is about; all members of the group it is
 * about; nothing, and it sees of the answer what is about its own Rollouts; nothing at all; or every Rollout, since it
 * is about the machine.
 */
export type Reach = 'rollout' | 'members' | 'seen' | 'nothing' | 'machine';

/** Who may do what, for every operation there is. `docs/guides/access.md` shows it; a test keeps the two equal. */
export const NEEDS: Readonly<Record<keyof Operations, Need>> = {
  system: { role: 'viewer', of: 'nothing' },
  list: { role: 'viewer', of: 'seen' },
  get: { role: 'viewer', of: 'rollout' },
  history: { role: 'viewer', of: 'rollout' },
  ticks: { role: 'viewer', of: 'rollout' },
  revisions: { role: 'viewer', of: 'rollout' },
  revision: { role: 'viewer', of: 'rollout' },
  events: { role: 'viewer', of: 'seen' },
  stream: { role: 'viewer', of: 'seen' },
  logs: { role: 'viewer', of: 'rollout' },
  // It reads files of the machine that the document names.
  plan: { role: 'operator', of: 'rollout' },
  release: { role: 'operator', of: 'rollout' },
  releaseGroup: { role: 'operator', of: 'members' },
  steer: { role: 'operator', of: 'rollout' },
  approve: { role: 'operator', of: 'rollout' },
  restart: { role: 'operator', of: 'rollout' },
  scale: { role: 'operator', of: 'rollout' },
  maintain: { role: 'operator', of: 'rollout' },
  tryListeners: { role: 'operator', of: 'rollout' },
  upload: { role: 'operator', of: 'nothing' },
  // A document says who must approve, so who writes it is above them.
  apply: { role: 'admin', of: 'rollout' },
  remove: { role: 'admin', of: 'rollout' },
  createToken: { role: 'admin', of: 'machine' },
  listTokens: { role: 'admin', of: 'machine' },
  audit: { role: 'admin', of: 'machine' },
  revokeToken: { role: 'admin', of: 'machine' },
  listSessions: { role: 'admin', of: 'machine' },
  endSession: { role: 'admin', of: 'machine' },
  endSessions: { role: 'admin', of: 'machine' },
  // Never for more than the caller may do himself.
  createLink: { role: 'viewer', of: 'nothing' },
  shutDown: { role: 'admin', of: 'machine' },
};
