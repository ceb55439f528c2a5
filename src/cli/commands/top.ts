import { Option } from 'commander';
import type { Cli } from '../cli.ts';
import { durationOption } from '../option-values.ts';
import { SORTS } from '../output/top.ts';
import type { TopOptions } from '../top.ts';

/** `top` */
export function addTop({ program, act }: Cli): void {
  program
    .command('top')
    .description('show what every Rollout is at, serves and uses; keys sort it, q ends it')
    .option('--once', 'print one table and end, as is done where nobody reads along')
    .option('--every <duration>', 'how often to look', durationOption, 1_000)
    .addOption(
      new Option('--sort <column>', 'column to begin with').choices(Object.values(SORTS)).default('name'),
    )
    .action(
      act<TopOptions & { readonly once?: boolean }>(async (session, options) => {
        const { topLive, topOnce } = await import('../top.ts');
        return options.once === true || !session.isLive
          ? topOnce(session, options)
          : topLive(session, options);
      }),
    );
}
