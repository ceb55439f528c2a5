// Writes docs/reference/rollout.md and rollout.schema.json from the schema.
import { writeFile } from 'node:fs/promises';
import { withBundled } from './bundled.mjs';

await withBundled('scripts/rollout-reference.ts', async (reference) => {
  await writeFile(reference.REFERENCE_PAGE, await reference.rolloutReference());
  await writeFile(reference.EDITOR_SCHEMA, await reference.editorSchema());
});
