import type { Cli } from '../cli.ts';

/** `demo` */
export function addDemo({ program, act }: Cli): void {
  program
    .command('demo')
    .description('see a good version promoted and a bad one rolled back, on real requests, in under a minute')
    .option('--keep', 'leave everything running at the end')
    .action(
      act<{ readonly keep?: boolean }>(async (session, { keep = false }) => {
        const { runDemo } = await import('../demo/demo.ts');
        return runDemo(session, { keep });
      }),
    );
}
