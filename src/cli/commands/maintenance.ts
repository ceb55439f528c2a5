import { readFile } from 'node:fs/promises';
import type { MaintenanceRequest } from '../../api/resources.ts';
import { formatDuration } from '../../base/duration.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { durationOption, operand } from '../option-values.ts';
import type { Session } from '../session.ts';

/** A page is kept with the Rollout's state. */
const LONGEST_PAGE = 64 * 1024;
const LONGEST_HOLD_MS = 600_000;

interface MaintenanceOptions {
  readonly message?: string;
  readonly page?: string;
  readonly retryAfter: number;
  readonly hold?: number;
  readonly allow?: string;
}

/** `maintenance on NAME`, `maintenance off NAME` */
export function addMaintenance({ program, act }: Cli): void {
  const maintenance = program
    .command('maintenance')
    .description('send the users of a Rollout away for a while, or let them wait')
    .helpCommand(false);
  maintenance
    .command('on')
    .argument('<name>', 'the Rollout')
    .description('answer its users with 503; a release that is under way waits')
    .option('--message <text>', 'what users are told')
    .option('--page <file>', 'HTML for browsers, in place of a plain page with the message')
    .option('--retry-after <duration>', 'when users may come back (default: 5m)', durationOption, 300_000)
    .option('--hold <duration>', 'let requests wait so long for the end of it, 10m at most', durationOption)
    .option('--allow <header=value>', 'serve requests that have this header with this value')
    .action(
      act<MaintenanceOptions>(async (session, options, operands) => {
        const view = await maintain(session, operand(operands), await requestOf(session, options));
        await session.print(view, () => [`${view.name}: in maintenance${heldFor(view.maintenance?.holdMs)}`]);
        return 0;
      }),
    );
  maintenance
    .command('off')
    .argument('<name>', 'the Rollout')
    .description('serve its users again, those first who have waited')
    .action(
      act(async (session, _, operands) => {
        const view = await maintain(session, operand(operands), { on: false });
        await session.print(view, () => [`${view.name}: open`]);
        return 0;
      }),
    );
}

async function maintain(session: Session, name: string, request: MaintenanceRequest) {
  const client = await session.client();
  return client.maintain(name, request);
}

async function requestOf(session: Session, options: MaintenanceOptions): Promise<MaintenanceRequest> {
  const { message, page, retryAfter, hold, allow } = options;
  if (hold !== undefined && (hold < 1 || hold > LONGEST_HOLD_MS))
    throw new Failure('usage', `--hold ${formatDuration(hold)} is not between 1ms and 10m`);
  return {
    on: true,
    ...(message === undefined ? {} : { message }),
    ...(page === undefined ? {} : { page: await readPage(session.path(page)) }),
    retryAfterMs: retryAfter,
    ...(hold === undefined ? {} : { holdMs: hold }),
    ...(allow === undefined ? {} : { allow: passOf(allow) }),
  };
}

async function readPage(file: string): Promise<string> {
  const page = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure('usage', `the page cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (page.length > 0 && page.length <= LONGEST_PAGE) return page;
  throw new Failure('usage', `${file} has ${page.length} characters, and a page has 1 to ${LONGEST_PAGE}`, {
    hint: 'put images and styles elsewhere, and name them by their URLs',
  });
}

function passOf(written: string): { readonly header: string; readonly value: string } {
  const at = written.indexOf('=');
  const [header, value] = [written.slice(0, at), written.slice(at + 1)];
  if (at > 0 && value !== '') return { header, value };
  throw new Failure('usage', '--allow wants a header and a value', {
    hint: 'as in --allow x-inspector=secret',
  });
}

function heldFor(holdMs: number | undefined): string {
  return holdMs === undefined ? '' : `; requests wait for up to ${formatDuration(holdMs)}`;
}
