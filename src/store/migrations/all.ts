import { first } from './001-first.ts';
import { revisionSettings } from './002-revision-settings.ts';
import type { Migration } from './migration.ts';

/** Every migration, oldest first. */
export const MIGRATIONS: readonly Migration[] = [first, revisionSettings];
