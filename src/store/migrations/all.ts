import { first } from './001-first.ts';
import { tokens } from './002-tokens.ts';
import { sessions } from './003-sessions.ts';
import { answers } from './004-answers.ts';
import { audit } from './005-audit.ts';
import { auditOutcomes } from './006-audit-outcomes.ts';
import type { Migration } from './migration.ts';

/** Every migration, oldest first. */
export const MIGRATIONS: readonly Migration[] = [first, tokens, sessions, answers, audit, auditOutcomes];
