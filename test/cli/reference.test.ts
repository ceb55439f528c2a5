import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CLI_PAGE, cliReference } from '../../scripts/cli-reference.ts';
import { FAILURES } from '../../src/base/failure.ts';
import { EXIT_STATUSES } from '../../src/cli/exit-statuses.ts';

it('the page of the commands says what the commands say (else: node scripts/cli-docs.mjs)', async () => {
  expect(await readFile(CLI_PAGE, 'utf8')).toBe(await cliReference());
});

it('every exit status of a failure is explained', () => {
  const explained = EXIT_STATUSES.map(([status]) => status);
  for (const { exit } of Object.values(FAILURES)) expect(explained).toContain(exit);
});
