import type { Cli } from '../cli.ts';
import { readDeclared } from '../documents.ts';
import { adviceLines, explanationLines } from '../output/strategies.ts';

/** `strategies [FILE…]` */
export function addStrategies({ program, act }: Cli): void {
  program
    .command('strategies')
    .argument('[file...]', 'files that declare Rollouts, to be told what each strategy would mean for them')
    .description('explain the strategies: what they are good for, cost and need')
    .action(
      act(async (session, _options: object, named) => {
        const files = named.length > 0 ? named.map((file) => session.path(file)) : (session.files ?? []);
        if (files.length === 0) {
          const { explainStrategies } = await import('../../strategy/explain.ts');
          const explanations = explainStrategies();
          await session.print(explanations, () => explanationLines(explanations, session.paint));
          return 0;
        }
        const { adviseOn } = await import('../../strategy/advise.ts');
        const told = (await readDeclared(session, files)).map(({ rollout }) => ({
          name: rollout.name,
          advice: adviseOn(rollout),
        }));
        await session.print(told, () =>
          told.flatMap(({ name, advice }, index) => [
            ...(index === 0 ? [] : ['']),
            ...adviceLines(name, advice, session.paint),
          ]),
        );
        return 0;
      }),
    );
}
