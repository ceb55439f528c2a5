// Writes docs/reference/cli.md from the commands.
import { writeFile } from 'node:fs/promises';
import { withBundled } from './bundled.mjs';

await withBundled('scripts/cli-reference.ts', async (reference) => {
  await writeFile(reference.CLI_PAGE, await reference.cliReference());
});
