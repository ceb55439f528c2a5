import type { RolloutView, SteerRequest } from '../../api/resources.ts';
import { Failure } from '../../base/failure.ts';
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
  ] as const) {
    verb(cli, name, description).action(
      act((session, _, operands) => steer(session, operand(operands), { verb: name })),
    );
  }
  verb(cli, 'undo', 'go back at once to the version that served before this one, or to any that is kept')
    .option('--to <version>', 'a revision, or the number of the release that brought it; see `history`')
    .option('--insist', 'with --to: although it was rejected, or was never promoted')
    .action(
      act<{ readonly to?: string; readonly insist?: boolean }>((session, { to, insist }, operands) => {
        if (insist !== undefined && to === undefined)
          throw new Failure('usage', '--insist goes with --to', { hint: 'say which version to go back to' });
        return steer(session, operand(operands), {
          verb: 'undo',
          ...(to === undefined ? {} : { to }),
          ...(insist === undefined ? {} : { insist }),
        });
      }),
    );
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

function acceptedAs(request: SteerRequest, { wanted }: RolloutView): string {
  if (request.verb === 'promote' && request.full === true) return 'skipping all steps that are left';
  if (request.verb === 'undo' && request.to !== undefined) return `going back to ${wanted ?? request.to}`;
  return ACCEPTED[request.verb];
}

async function steer(session: Session, name: string, request: SteerRequest): Promise<number> {
  const client = await session.client();
  const view = await client.steer(name, request);
  await session.print(view, () => [
    `${view.name}: ${acceptedAs(request, view)}; see it with "coalmine watch ${view.name}"`,
  ]);
  return 0;
}
