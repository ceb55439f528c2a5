/** One change of the schema. Never edited once released: a mistake is mended by the next one. */
export interface Migration {
  /** Counts from 1 without gaps; the database's `user_version` after it. */
  readonly version: number;
  readonly sql: string;
}
