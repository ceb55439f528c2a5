import { Failure } from '../../base/failure.ts';
import type { KubeClient } from '../../kube/client.ts';
import { keyText } from '../../kube/object.ts';
import { OPERATOR_NAMESPACE } from '../../operator/install/names.ts';
import {
  deleteRollouts,
  releasing,
  rolloutsOf,
  takeAwayAll,
  type Leaving,
} from '../../operator/install/uninstall.ts';
import { deadlineIn } from '../../system/waiting.ts';
import type { UninstallOptions } from '../commands/install.ts';
import type { Session } from '../session.ts';
import { placedLines, withCluster } from './cluster.ts';

/** Removes the operator, or shows what would be removed; answers the exit status. */
export async function uninstall(session: Session, options: UninstallOptions): Promise<number> {
  const { namespace = OPERATOR_NAMESPACE, namespaced = false, dryRun = false } = options;
  const leaving = { namespace, namespaced };
  const { interrupted } = session.io;
  return withCluster(session, options, async (client) => {
    if (!(await letGo(session, { client, leaving, options }))) return 0;
    const removed = await takeAwayAll(leaving, { client, dryRun }, interrupted);
    await session.print({ dryRun, objects: removed }, () =>
      removed.length === 0 ? ['nothing of coalmine is installed there'] : placedLines(removed, dryRun),
    );
    return 0;
  });
}

interface Work {
  readonly client: KubeClient;
  readonly leaving: Leaving;
  readonly options: UninstallOptions;
}

/** Has the operator let go of every Deployment; false when a person wants it to stay. Throws Failure `conflict` when it was not told to. */
async function letGo(session: Session, { client, leaving, options }: Work): Promise<boolean> {
  const { interrupted } = session.io;
  const rollouts = await rolloutsOf(client, leaving, interrupted);
  if (rollouts.length === 0) return true;
  if (options.withRollouts !== true) throw adopted(rollouts.map(({ metadata }) => keyText(metadata)));
  if (options.dryRun === true) return true;
  const running = releasing(rollouts);
  const which =
    running.length === 0 ? '' : ` Releases of ${running.join(', ')} are under way, and are aborted.`;
  if (!(await session.confirm(`Delete ${rollouts.length} Rollouts?${which}`))) {
    session.remark('everything is left as it is');
    return false;
  }
  await deleteRollouts(client, leaving, deadlineIn(options.timeout));
  return true;
}

function adopted(names: readonly string[]): Failure {
  const some = names.slice(0, 5).join(', ');
  return new Failure('conflict', `coalmine still looks after ${names.length} Rollouts: ${some}`, {
    hint: 'without it their Deployments could stay paused; --with-rollouts deletes them first, or kubectl delete rollouts.coalmine.dev',
  });
}
