import type { Cli } from '../cli.ts';
import { rolloutTable } from '../output/lists.ts';

/** `get [NAME]` */
export function addGet({ program, act }: Cli): void {
  program
    .command('get')
    .argument('[name]', 'one Rollout; all without it')
    .description('list Rollouts')
    .action(
      act(async (session, _, [name]) => {
        const client = await session.client();
        if (name === undefined) {
          const views = await client.list();
          await session.print(views, () => rolloutTable(views, session.paint));
        } else {
          const view = await client.get(name);
          await session.print(view, () => rolloutTable([view], session.paint));
        }
        return 0;
      }),
    );
}
