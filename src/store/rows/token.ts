import type { Author } from '../../engine/author.ts';
import type { Rights } from '../../engine/access-role.ts';
import type { Database, Row } from '../driver.ts';
import { rightsColumns, rightsIn } from './rights.ts';

/** A token, without its secret and what is kept of that. */
export interface TokenView extends Rights {
  readonly name: string;
  readonly createdAt: number;
  readonly createdBy: Author;
  readonly expiresAt?: number;
  readonly revoked?: { readonly at: number; readonly by: Author };
}

/** A token as it is kept: without its secret. */
export interface StoredToken extends TokenView {
  /** The hash of the secret. */
  readonly digest: string;
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
    insert: ({ name, digest, createdAt, createdBy, expiresAt, ...rights }) =>
      insert.run(
        name,
        digest,
        ...rightsColumns(rights),
        createdAt,
        JSON.stringify(createdBy),
        expiresAt ?? null,
      ).changes === 1,
    revoke: (name, { at, by }) => revoke.run(at, JSON.stringify(by), name).changes === 1,
  };
}

function tokenOf(row: Row): StoredToken {
  const { expires_at: expiresAt, revoked_at: at, revoked_by: by } = row;
  return {
    name: row['name'] as string,
    digest: row['digest'] as string,
    ...rightsIn(row),
    createdAt: row['created_at'] as number,
    createdBy: JSON.parse(row['created_by'] as string) as Author,
    ...(typeof expiresAt === 'number' ? { expiresAt } : {}),
    ...(typeof at === 'number' && typeof by === 'string'
      ? { revoked: { at, by: JSON.parse(by) as Author } }
      : {}),
  };
}
