import type { Author } from '../../engine/author.ts';
import type { AccessRole } from '../../engine/access-role.ts';
import type { Database, Row } from '../driver.ts';

/** A token as it is kept: without its secret. */
export interface StoredToken {
  readonly name: string;
  /** The hash of the secret. */
  readonly digest: string;
  readonly role: AccessRole;
  /** The Rollouts it is for; absent: all. */
  readonly rollouts?: readonly string[];
  readonly groups: readonly string[];
  readonly createdAt: number;
  readonly createdBy: Author;
  readonly expiresAt?: number;
  readonly revoked?: { readonly at: number; readonly by: Author };
}

/** The rows of `tokens`. */
export interface TokenRows {
  /** Oldest first; revoked and expired ones too. */
  list(): readonly StoredToken[];
  /** False when there is one of this name that is not revoked. */
  insert(token: StoredToken): boolean;
  /** False when there is none of this name, or it is revoked already. */
  revoke(name: string, revoked: NonNullable<StoredToken['revoked']>): boolean;
}

/** Prepares the statements on `tokens`. */
export function tokenRows(database: Database): TokenRows {
  const list = database.prepare('SELECT * FROM tokens ORDER BY id');
  const insert = database.prepare(
    `INSERT INTO tokens (name, digest, role, rollouts, groups, created_at, created_by, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING`,
  );
  const revoke = database.prepare(
    'UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE name = ? AND revoked_at IS NULL',
  );
  return {
    list: () => list.all().map(tokenOf),
    insert: ({ name, digest, role, rollouts, groups, createdAt, createdBy, expiresAt }) =>
      insert.run(
        name,
        digest,
        role,
        rollouts === undefined ? null : JSON.stringify(rollouts),
        JSON.stringify(groups),
        createdAt,
        JSON.stringify(createdBy),
        expiresAt ?? null,
      ).changes === 1,
    revoke: (name, { at, by }) => revoke.run(at, JSON.stringify(by), name).changes === 1,
  };
}

function tokenOf(row: Row): StoredToken {
  const { rollouts, expires_at: expiresAt, revoked_at: at, revoked_by: by } = row;
  return {
    name: row['name'] as string,
    digest: row['digest'] as string,
    role: row['role'] as AccessRole,
    ...(typeof rollouts === 'string' ? { rollouts: JSON.parse(rollouts) as string[] } : {}),
    groups: JSON.parse(row['groups'] as string) as string[],
    createdAt: row['created_at'] as number,
    createdBy: JSON.parse(row['created_by'] as string) as Author,
    ...(typeof expiresAt === 'number' ? { expiresAt } : {}),
    ...(typeof at === 'number' && typeof by === 'string'
      ? { revoked: { at, by: JSON.parse(by) as Author } }
      : {}),
  };
}
