import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../base/canonical.ts';
import type { Json } from '../base/json.ts';
import type { Voter } from '../engine/gates/approval.ts';
import { isName } from '../engine/author.ts';
import type { Ordered } from './commands.ts';

/** Who gave a command, as the API server told the webhook that was asked about the write. */
export interface Seal {
  readonly name: string;
  readonly groups: readonly string[];
  /** The release that ran at that moment. */
  readonly release?: number;
  /** What only the installation can have written: base64url of an HMAC-SHA256. */
  readonly seal: string;
}

/** A Rollout at some moment, as far as a seal is about it. */
export interface SealedFor {
  readonly uid: string;
  /** The release that runs. */
  readonly release?: number | undefined;
}

/** The command with who gave it. Whatever it said of that itself is gone. */
export function sealed(
  command: Ordered,
  { name, groups }: Pick<Seal, 'name' | 'groups'>,
  { uid, release, key }: SealedFor & { readonly key: string },
): Ordered {
  const { by: _, ...plain } = command;
  const author = { name, groups, ...(release === undefined ? {} : { release }) };
  return { ...plain, by: { ...author, seal: sealOver({ uid, plain, author, key }) } };
}

/**
 * Who gives a command: the user that the API server knows him as, where the webhook has sealed that; else the name that he gives
 * himself. A seal counts for its own command, Rollout and release: nothing that is copied elsewhere does.
 */
export function voterOf(
  command: Ordered,
  { uid, release, key }: SealedFor & { readonly key: string | undefined },
): Voter | undefined {
  const { by, ...plain } = command;
  if (by !== undefined && key !== undefined && by.release === release) {
    const { seal, ...author } = by;
    const isOurs = isEqual(seal, sealOver({ uid, plain, author, key }));
    if (isOurs) return { author: { kind: 'account', name: by.name }, groups: by.groups };
  }
  const { as } = { as: undefined, ...command };
  return as !== undefined && isName(as) ? { author: { kind: 'user', name: as }, groups: [] } : undefined;
}

interface Sealing {
  readonly uid: string;
  readonly plain: object;
  readonly author: object;
  readonly key: string;
}

function sealOver({ uid, plain, author, key }: Sealing): string {
  const text = canonicalJson({ of: 'coalmine command', uid, plain, author } as unknown as Json);
  return createHmac('sha256', key).update(text).digest('base64url');
}

function isEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
