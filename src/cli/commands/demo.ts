import { Option } from 'commander';
import type { Cli } from '../cli.ts';
import { DEMO_STRATEGIES, type DemoStrategyName } from '../demo/strategies.ts';

interface DemoFlags {
  readonly strategy?: DemoStrategyName;
  readonly bad?: boolean;
  readonly keep?: boolean;
}

/** `demo` */
export function addDemo({ program, act }: Cli): void {
  program
    .command('demo')
    .description('see a good version promoted and a bad one rolled back, on real requests, in under a minute')
    .addOption(
      new Option('--strategy <strategy>', 'show this strategy alone, with a good version').choices(
        Object.keys(DEMO_STRATEGIES),
      ),
    )
    .option('--bad', 'show how a bad version ends, alone')
    .option('--keep', 'leave everything running at the end')
    .action(
      act<DemoFlags>(async (session, { strategy, bad = false, keep = false }) => {
        const { runDemo } = await import('../demo/demo.ts');
        return runDemo(session, { keep, bad, ...(strategy === undefined ? {} : { strategy }) });
      }),
    );
}
