import { Option } from 'commander';
import { ACCESS_ROLES, type AccessRole } from '../../engine/access-role.ts';
import type { Cli } from '../cli.ts';
import { durationOption, gather, operand } from '../option-values.ts';
import { tokenTable } from '../output/tokens.ts';
import type { Session } from '../session.ts';

interface CreateOptions {
  readonly role: AccessRole;
  readonly rollout?: readonly string[];
  readonly group?: readonly string[];
  readonly expires?: number;
}

/** `token create TOKEN`, `token list`, `token revoke TOKEN` */
export function addToken({ program, act }: Cli): void {
  const token = program
    .command('token')
    .description('say who may do what: a token for each person and program')
    .helpCommand(false);
  token
    .command('create')
    .argument('<token>', 'what its holder is called')
    .description('make a token and print its secret, which cannot be shown again')
    .addOption(
      new Option('--role <role>', 'what it may do; see the guide on access')
        .choices(ACCESS_ROLES)
        .makeOptionMandatory(),
    )
    .option(
      '--rollout <name>',
      'only this Rollout; may be given several times, and is all without it',
      gather,
    )
    .option(
      '--group <name>',
      'a group its holder is in, as gates name it; may be given several times',
      gather,
    )
    .option(
      '--expires <duration>',
      'how long it is good, as in 90d; without it, until it is revoked',
      durationOption,
    )
    .action(act<CreateOptions>((session, options, operands) => create(session, operand(operands), options)));
  token
    .command('list')
    .description('list all tokens, those too that were revoked or have expired')
    .action(act(list));
  token
    .command('revoke')
    .argument('<token>', 'what its holder is called')
    .description('let nobody in by a token any more')
    .action(act((session, _, operands) => revoke(session, operand(operands))));
}

async function list(session: Session): Promise<number> {
  const client = await session.client();
  const tokens = await client.listTokens();
  await session.print(tokens, () => tokenTable(tokens, Date.now()));
  return 0;
}

async function revoke(session: Session, name: string): Promise<number> {
  const client = await session.client();
  const revoked = await client.revokeToken(name);
  await session.print(revoked, () => [`${revoked.name}: revoked`]);
  return 0;
}

async function create(
  session: Session,
  name: string,
  { role, rollout, group, expires }: CreateOptions,
): Promise<number> {
  const client = await session.client();
  const created = await client.createToken({
    name,
    role,
    ...(rollout === undefined ? {} : { rollouts: rollout }),
    ...(group === undefined ? {} : { groups: group }),
    ...(expires === undefined ? {} : { expiresInMs: expires }),
  });
  await session.print(created, () => [created.secret]);
  // Beside the answer, so that the answer can be put into a file as it is.
  if (session.format === 'table') session.remark('keep it: it is not shown again; use it as COALMINE_TOKEN');
  return 0;
}
