import type { TriedListener } from '../../api/resources.ts';
import { FAILURES } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { operand } from '../option-values.ts';
import type { Session } from '../session.ts';

interface NotifyOptions {
  readonly channel?: string;
}

/** `notify test NAME` */
export function addNotify({ program, act }: Cli): void {
  program
    .command('notify')
    .description('see whether listeners can be told')
    .command('test')
    .argument('<name>', 'the Rollout')
    .description('send its listeners a message that tells of nothing, and say what they answer')
    .option('--channel <listener>', 'only this one, by its name in spec.notify')
    .action(act<NotifyOptions>((session, options, operands) => tryAll(session, operand(operands), options)));
}

async function tryAll(session: Session, name: string, { channel }: NotifyOptions): Promise<number> {
  const client = await session.client();
  const tried = await client.tryListeners(name, channel === undefined ? {} : { listener: channel });
  await session.print(tried, () => tried.map(line));
  return tried.every(({ came }) => came === 'taken') ? 0 : FAILURES.unreachable.exit;
}

function line({ listener, channel, came, answer }: TriedListener): string {
  const words = came === 'taken' ? 'was told' : 'was not told';
  return `${listener} (${channel}) ${words}: ${answer}`;
}
