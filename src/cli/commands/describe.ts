import type { Cli } from '../cli.ts';
import { operand } from '../option-values.ts';
import { describeLines } from '../output/describe.ts';

/** `describe NAME` */
export function addDescribe({ program, act }: Cli): void {
  program
    .command('describe')
    .argument('<name>', 'the Rollout')
    .description('tell everything about one Rollout')
    .action(
      act(async (session, _, operands) => {
        const name = operand(operands);
        const client = await session.client();
        const [view, history] = await Promise.all([client.get(name), client.history(name)]);
        await session.print({ ...view, history }, () => describeLines(view, history, session.paint));
        return 0;
      }),
    );
}
