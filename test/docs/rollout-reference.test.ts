import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import {
  EDITOR_SCHEMA,
  editorSchema,
  REFERENCE_PAGE,
  rolloutReference,
} from '../../scripts/rollout-reference.ts';

test('the reference page of the Rollout says what the schema says (else: node scripts/reference-docs.mjs)', async () => {
  expect(await readFile(REFERENCE_PAGE, 'utf8')).toBe(await rolloutReference());
});

test('the schema for editors is the schema that validates (else: node scripts/reference-docs.mjs)', async () => {
  expect(await readFile(EDITOR_SCHEMA, 'utf8')).toBe(await editorSchema());
});
