import type { Cli } from '../cli.ts';
import { createDisplay } from '../display.ts';
import { follow } from '../follow.ts';
import { watchedReleaseEnds } from '../goals.ts';
import { INTERRUPTED } from '../io.ts';

/** `watch [NAME]` */
export function addWatch({ program, act }: Cli): void {
  program
    .command('watch')
    .argument('[name]', 'one Rollout; all without it')
    .description(
      'show steps, split, rates and evidence as they change, and steer them with keys; ends when the release ends',
    )
    .option('--follow', 'go on after the release has ended')
    .action(
      act<{ readonly follow?: boolean }>(async (session, options, [name]) => {
        const isEndless = options.follow === true || name === undefined;
        const named = name === undefined ? {} : { name };
        const end = await follow(session, {
          display: createDisplay(session, named),
          ...named,
          ...(isEndless ? {} : { goal: watchedReleaseEnds() }),
        });
        if (end === undefined) return session.io.interrupted.aborted ? INTERRUPTED : 0;
        if (session.format === 'table') session.say([end.message]);
        return 0;
      }),
    );
}
