import { Option } from 'commander';
import { ACCESS_ROLES, type AccessRole } from '../../engine/access-role.ts';
import type { Cli } from '../cli.ts';
import { gather } from '../option-values.ts';
import type { Session } from '../session.ts';

interface DashboardOptions {
  readonly role?: AccessRole;
  readonly rollout?: readonly string[];
  readonly open?: boolean;
}

/** `dashboard` */
export function addDashboard({ program, act }: Cli): void {
  program
    .command('dashboard')
    .description(
      'print a link to the dashboard, by which one browser comes in, once, within ten minutes; of a cluster, the way to its dashboard',
    )
    .addOption(
      new Option('--role <role>', 'what it may do there (default: what you may do)').choices(ACCESS_ROLES),
    )
    .option(
      '--rollout <name>',
      'only this Rollout; may be given several times, and is all you may see without it',
      gather,
    )
    .option('--open', 'open it in a browser here')
    .action(act<DashboardOptions>(show));
}

async function show(session: Session, { role, rollout, open = false }: DashboardOptions): Promise<number> {
  if (session.isOfCluster) return showInCluster(session);
  if (open) session.refuseRemote();
  const client = await session.client();
  const link = await client.createLink({
    ...(role === undefined ? {} : { role }),
    ...(rollout === undefined ? {} : { rollouts: rollout }),
  });
  if (open) {
    const { openInBrowser } = await import('../browser.ts');
    await openInBrowser(link.url, session.io.env);
    session.remark('opened in your browser');
    return 0;
  }
  await session.print(link, () => [link.url]);
  const { hostname, port } = new URL(link.url);
  if (session.isRemote && session.format === 'table' && hostname === '127.0.0.1') {
    session.remark(
      `it leads to that machine: first, ssh -L ${port}:127.0.0.1:${port} to it, and keep that open`,
    );
  }
  return 0;
}

/** An operator makes no links: an account comes in by its own token. */
async function showInCluster(session: Session): Promise<number> {
  const { namespace } = await session.cluster();
  const forward = 'kubectl -n coalmine-system port-forward service/coalmine-api 8443:443';
  const token = `kubectl -n ${namespace} create token ACCOUNT`;
  const url = `https://localhost:8443/namespaces/${namespace}`;
  await session.print({ url, forward, token }, () => [
    'an operator that was installed with --api serves the dashboard:',
    `  ${forward}`,
    `open ${url}`,
    'and log in with the token of an account that may see Rollouts there:',
    `  ${token}`,
  ]);
  return 0;
}
