import type { Cli } from '../cli.ts';
import { operand } from '../option-values.ts';
import { historyTable } from '../output/lists.ts';

/** `history NAME` */
export function addHistory({ program, act }: Cli): void {
  program
    .command('history')
    .argument('<name>', 'the Rollout')
    .description('list the releases that have ended, newest first')
    .action(
      act(async (session, _, operands) => {
        const client = await session.client();
        const releases = await client.history(operand(operands));
        await session.print(releases, () => historyTable(releases, session.paint));
        return 0;
      }),
    );
}
