import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { counted } from '../../client/figures.ts';
import type { Session } from '../session.ts';

const LOOK_EVERY_MS = 50;
/** Every process drains first. */
const END_WITHIN_MS = 10 * 60_000;

/** `down` */
export function addDown({ program, act }: Cli): void {
  program
    .command('down')
    .description('stop coalmine here, with its gateway and all processes')
    .option('--keep-serving', 'stop only the control process; "up" finds the rest again')
    .action(
      act<{ readonly keepServing?: boolean }>(async (session, { keepServing = false }) => {
        const client = await session.client();
        const [{ pid }, views] = [await client.system(), await client.list()];
        if (!keepServing && views.length > 0) {
          const question = `Stop ${counted(views.length, 'Rollout')} (${views.map((view) => view.name).join(', ')})?`;
          if (!(await session.confirm(question))) {
            session.remark('nothing was stopped');
            return 0;
          }
        }
        await shutDown(client, !keepServing);
        await ended(session, pid);
        await session.print({ pid, everything: !keepServing }, () => [
          keepServing ? 'coalmine is down; the gateway and all processes go on' : 'coalmine is down',
        ]);
        return 0;
      }),
    );
}

async function shutDown(client: Awaited<ReturnType<Session['client']>>, everything: boolean): Promise<void> {
  try {
    await client.shutDown(everything);
  } catch (thrown) {
    // It may be gone before its answer is.
    if (!(thrown instanceof Failure) || thrown.code !== 'unreachable') throw thrown;
  }
}

async function ended(session: Session, pid: number): Promise<void> {
  const deadline = performance.now() + END_WITHIN_MS;
  while (session.isRemote ? await isAnswering(session) : isAlive(pid)) {
    if (performance.now() > deadline) {
      throw new Failure('timedOut', `coalmine was told to end, and process ${pid} still runs`);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: session.io.interrupted });
  }
}

/** All that can be seen of a process of another machine. */
async function isAnswering(session: Session): Promise<boolean> {
  const client = await session.client();
  try {
    await client.system();
    return true;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'unreachable') return false;
    throw thrown;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
