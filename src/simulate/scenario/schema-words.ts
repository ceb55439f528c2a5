import { Type } from 'typebox';
import { formed, FORM } from '../../rollout/schema/fields.ts';

/** By how much something is more. */
export const margin = (description: string) =>
  formed('a margin, as in 30%', '^\\d{1,4}(\\.\\d{1,3})?%$', description);

/** What a version may be called. */
export const versionName = (description: string) =>
  Type.String({
    description,
    minLength: 1,
    maxLength: 40,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    [FORM]: 'a name of letters, digits, dots, hyphens and underscores, of 40 characters at most',
  });
