import type { Cli } from '../cli.ts';
import { operand } from '../option-values.ts';

/** `restart NAME` */
export function addRestart({ program, act }: Cli): void {
  program
    .command('restart')
    .argument('<name>', 'the Rollout')
    .description('replace the stable processes one by one; on a cluster, release the stable version anew')
    .action(
      act(async (session, _, operands) => {
        const client = await session.client();
        const view = await client.restart(operand(operands));
        await session.print(view, () => [
          session.isOfCluster
            ? `${view.name}: its pods are being replaced; see it with "coalmine watch ${view.name}"`
            : `${view.name}: restarted`,
        ]);
        return 0;
      }),
    );
}
