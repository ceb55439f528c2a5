import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { sessionTable } from '../output/sessions.ts';
import type { Session } from '../session.ts';

interface EndOptions {
  readonly name?: string;
  readonly all?: boolean;
}

/** `session list`, `session end [SESSION]` */
export function addSession({ program, act }: Cli): void {
  const session = program
    .command('session')
    .description('see which browsers are let in, and end that')
    .helpCommand(false);
  session
    .command('list')
    .description('list the sessions of browsers that let in now, newest first')
    .action(act(list));
  session
    .command('end')
    .argument('[session]', 'the one of this id')
    .option('--name <name>', 'those of everybody who is called so')
    .option('--all', 'all there are')
    .description('end sessions of browsers: one, those of a name, or all')
    .action(act<EndOptions>((one, options, [id]) => end(one, options, id)));
}

async function list(session: Session): Promise<number> {
  const client = await session.client();
  const sessions = await client.listSessions();
  await session.print(sessions, () => sessionTable(sessions));
  return 0;
}

async function end(session: Session, { name, all }: EndOptions, id: string | undefined): Promise<number> {
  if ([id, name, all].filter((one) => one !== undefined).length !== 1) {
    throw new Failure('usage', 'it is not clear which sessions are to end', {
      hint: 'name one as `coalmine session list` shows it, or give --name or --all',
    });
  }
  const client = await session.client();
  const ended = id === undefined ? await client.endSessions(name) : [await client.endSession(id)];
  await session.print(ended, () =>
    ended.length === 0 ? ['there was no session to end'] : ended.map((one) => `${one.id}: ended`),
  );
  return 0;
}
