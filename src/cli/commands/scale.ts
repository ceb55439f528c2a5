import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { countOption, operand } from '../option-values.ts';

/** `scale NAME --replicas N` */
export function addScale({ program, act }: Cli): void {
  program
    .command('scale')
    .argument('<name>', 'the Rollout')
    .description('change how many processes serve')
    .requiredOption('--replicas <count>', 'processes of the stable version', countOption)
    .action(
      act<{ readonly replicas: number }>(async (session, { replicas }, operands) => {
        if (replicas > 10_000) throw new Failure('usage', 'more than 10000 replicas are not possible');
        const client = await session.client();
        const view = await client.scale(operand(operands), replicas);
        await session.print(view, () => [`${view.name}: ${view.replicas} replicas wanted`]);
        return 0;
      }),
    );
}
