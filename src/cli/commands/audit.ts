import type { Cli } from '../cli.ts';
import { countOption } from '../option-values.ts';
import { auditTable } from '../output/audit.ts';

/** `audit` */
export function addAudit({ program, act }: Cli): void {
  program
    .command('audit')
    .description('list who asked for what, from where, and what came of it, newest first')
    .option('--limit <count>', 'at most so many', countOption, 100)
    .action(
      act<{ readonly limit: number }>(async (session, { limit }) => {
        const client = await session.client();
        const entries = await client.audit({ limit });
        await session.print(entries, () => auditTable(entries));
        return 0;
      }),
    );
}
