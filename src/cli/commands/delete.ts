import type { Cli } from '../cli.ts';
import { operand } from '../option-values.ts';

/** `delete NAME` */
export function addDelete({ program, act }: Cli): void {
  program
    .command('delete')
    .argument('<name>', 'the Rollout')
    .description('stop a Rollout and forget it, its history included')
    .action(
      act(async (session, _, operands) => {
        const name = operand(operands);
        const client = await session.client();
        await client.get(name);
        if (!(await session.confirm(`Stop ${name} and forget its history?`))) {
          session.remark(`${name} is left as it is`);
          return 0;
        }
        await client.remove(name);
        await session.print({ name, deleted: true }, () => [`${name}: deleted`]);
        return 0;
      }),
    );
}
