import { first } from './001-first.ts';
import { tokens } from './002-tokens.ts';
import type { Migration } from './migration.ts';

/** Every migration, oldest first. */
export const MIGRATIONS: readonly Migration[] = [first, tokens];
