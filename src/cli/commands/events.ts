import type { Cli } from '../cli.ts';
import { countOption } from '../option-values.ts';
import { eventTable } from '../output/lists.ts';

interface EventsOptions {
  readonly limit: number;
  readonly after?: number;
}

/** `events [NAME]` */
export function addEvents({ program, act }: Cli): void {
  program
    .command('events')
    .argument('[name]', 'one Rollout; all without it')
    .description('list what happened, oldest first')
    .option('--limit <count>', 'at most so many', countOption, 100)
    .option('--after <id>', 'only events after this one', countOption)
    .action(
      act<EventsOptions>(async (session, { limit, after }, [name]) => {
        const client = await session.client();
        const events = await client.events({
          limit,
          ...(name === undefined ? {} : { rollout: name }),
          ...(after === undefined ? {} : { after }),
        });
        await session.print(events, () => eventTable(events));
        return 0;
      }),
    );
}
