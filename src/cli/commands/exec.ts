import { Option } from 'commander';
import type { Cli } from '../cli.ts';

/** `exec NAME -- COMMAND…` */
export function addExec({ program, act }: Cli): void {
  program
    .command('exec')
    .argument('<name>', 'the Rollout')
    .argument('<command...>', 'what to run, after "--"')
    .description('run a command as a version runs: in its directory, with its environment')
    .addOption(new Option('--track <track>', 'of this track').default('stable').conflicts('revision'))
    .option('--revision <id>', 'of this revision')
    .action(
      act<{ readonly track: string; readonly revision?: string }>(
        async (session, options, [name, ...command]) => {
          const { runIn } = await import('../exec.ts');
          return runIn(session, { name: name ?? '', command, ...options });
        },
      ),
    );
}
