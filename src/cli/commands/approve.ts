import { Failure } from '../../base/failure.ts';
import { isName } from '../../engine/author.ts';
import type { Cli } from '../cli.ts';
import { operand } from '../option-values.ts';
import type { Session } from '../session.ts';

interface ApproveOptions {
  readonly reject?: boolean;
  readonly as?: string;
  readonly comment?: string;
}

/** `approve NAME [GATE]` */
export function addApprove({ program, act }: Cli): void {
  program
    .command('approve')
    .argument('<name>', 'the Rollout')
    .argument('[gate]', 'the gate; without it, the one its release stands at')
    .description('say yes, or no, at a gate that waits for people')
    .option('--reject', 'say no: the release is aborted')
    .option('--as <name>', 'who says it, where no token does; without it, $USER')
    .option('--comment <text>', 'why, for the events')
    .action(
      act<ApproveOptions>((session, options, operands) =>
        approve(session, options, { name: operand(operands), gate: operands[1] }),
      ),
    );
}

async function approve(
  session: Session,
  { reject, as, comment }: ApproveOptions,
  { name, gate }: { readonly name: string; readonly gate: string | undefined },
): Promise<number> {
  const client = await session.client(await claim(session, as));
  const view = await client.approve(name, {
    ...(gate === undefined ? {} : { gate }),
    ...(reject === undefined ? {} : { reject }),
    ...(comment === undefined ? {} : { comment }),
  });
  const accepted = reject === true ? 'rejected; going back to the stable version' : 'approved';
  await session.print(view, () => [`${view.name}: ${accepted}; see it with "coalmine watch ${view.name}"`]);
  return 0;
}

/** Who says it, unless a token does. Throws Failure `usage` when that is not known, or said twice. */
async function claim(session: Session, as: string | undefined): Promise<{ readonly user?: string }> {
  const { token, user } = await session.whoAsks();
  if (token !== undefined) {
    if (as === undefined) return {};
    throw new Failure('usage', '--as does not go with a token, which says who you are');
  }
  const name = as ?? user;
  if (name !== undefined && isName(name)) return { user: name };
  // In a cluster the webhook knows who writes; where there is none the operator says that nobody does.
  if (as === undefined && session.isOfCluster) return {};
  throw new Failure(
    'usage',
    as === undefined ? 'it is not known who says it: $USER is no name' : `"${as}" is no name`,
    {
      hint: 'name yourself: --as NAME, without spaces and colons',
    },
  );
}
