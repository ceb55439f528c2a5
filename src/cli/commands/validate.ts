import type { Cli } from '../cli.ts';
import { filesFor, readDeclared } from '../documents.ts';

/** `validate [FILE…]` */
export function addValidate({ program, act }: Cli): void {
  program
    .command('validate')
    .argument('[file...]', 'files that declare Rollouts; ./coalmine.yaml, or coalmine.ts, without one')
    .description('check files without starting anything')
    .option('--schema', 'print the JSON Schema of a Rollout instead, for editors')
    .action(
      act<{ readonly schema?: boolean }>(async (session, { schema }, named) => {
        if (schema === true) {
          const { jsonSchema } = await import('../reading.ts');
          session.say(JSON.stringify(jsonSchema(), undefined, 2).split('\n'));
          return 0;
        }
        const declared = await readDeclared(session, await filesFor(session, named));
        const valid = declared.map(({ rollout, file }) => ({ name: rollout.name, file }));
        await session.print(valid, () => valid.map(({ name, file }) => `${file}: ${name} is valid`));
        return 0;
      }),
    );
}
