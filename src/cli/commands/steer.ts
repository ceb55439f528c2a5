import type { SteerRequest } from '../../api/resources.ts';
import type { Cli } from '../cli.ts';
import { operand } from '../option-values.ts';
import type { Session } from '../session.ts';

/** The verbs that steer a release: `promote`, `pause`, `resume`, `abort`, `retry`, `undo`. */
export function addSteering(cli: Cli): void {
  const { act } = cli;
  verb(cli, 'promote', 'leave the step at hand, whatever it waits for')
    .option('--full', 'skip all steps that are left')
    .action(
      act<{ readonly full?: boolean }>((session, { full }, operands) =>
        steer(session, operand(operands), { verb: 'promote', ...(full === undefined ? {} : { full }) }),
      ),
    );
  for (const [name, description] of [
    ['pause', 'hold a release where it is; it still goes back by itself when it does harm'],
    ['resume', 'let a paused release go on'],
    ['retry', 'release again what was rejected or aborted'],
    ['undo', 'go back to the version that served before this one'],
  ] as const) {
    verb(cli, name, description).action(
      act((session, _, operands) => steer(session, operand(operands), { verb: name })),
    );
  }
  verb(cli, 'abort', 'end a release and go back to the stable version')
    .option('--reason <text>', 'why, for the history')
    .action(
      act<{ readonly reason?: string }>((session, { reason }, operands) =>
        steer(session, operand(operands), { verb: 'abort', ...(reason === undefined ? {} : { reason }) }),
      ),
    );
}

function verb({ program }: Cli, name: string, description: string): Cli['program'] {
  return program.command(name).argument('<name>', 'the Rollout').description(description);
}

/** What was accepted; it takes effect at the next look of the control process. */
const ACCEPTED: Readonly<Record<SteerRequest['verb'], string>> = {
  promote: 'going on to the next step',
  pause: 'paused',
  resume: 'resumed',
  abort: 'going back to the stable version',
  retry: 'releasing it again',
  undo: 'going back to the version before',
};

async function steer(session: Session, name: string, request: SteerRequest): Promise<number> {
  const client = await session.client();
  const view = await client.steer(name, request);
  const isFull = request.verb === 'promote' && request.full === true;
  const accepted = isFull ? 'skipping all steps that are left' : ACCEPTED[request.verb];
  await session.print(view, () => [`${view.name}: ${accepted}; see it with "coalmine watch ${view.name}"`]);
  return 0;
}
