import { Failure } from '../../base/failure.ts';
import type { RolloutView } from '../../api/resources.ts';
import type { Cli } from '../cli.ts';
import { rolloutTable } from '../output/lists.ts';
import type { Session } from '../session.ts';

interface GetOptions {
  readonly watch?: boolean;
  readonly allNamespaces?: boolean;
}

/** `get [NAME]` */
export function addGet({ program, act }: Cli): void {
  program
    .command('get')
    .argument('[name]', 'one Rollout; all without it')
    .description('list Rollouts')
    .option('-w, --watch', 'on a cluster: show tracks, ReplicaSets and pods as they change')
    .option('-A, --all-namespaces', 'on a cluster: of all namespaces')
    .action(
      act<GetOptions>(async (session, { watch, allNamespaces }, [name]) => {
        const isEverywhere = allNamespaces === true;
        if (isEverywhere && name !== undefined)
          throw new Failure('usage', 'a Rollout is of one namespace: name it with --namespace');
        if (watch === true) {
          refuseElsewhere(session, isEverywhere);
          const { watchTrees } = await import('../watching.ts');
          return watchTrees(session, { isEverywhere, ...(name === undefined ? {} : { name }) });
        }
        if (name !== undefined) {
          const view = await (await session.client()).get(name);
          await session.print(view, () => rolloutTable([view], session.paint));
          return 0;
        }
        const views = await listed(session, isEverywhere);
        await session.print(views, () =>
          rolloutTable(views, session.paint, { isEverywhere, isOfCluster: session.isOfCluster }),
        );
        return 0;
      }),
    );
}

async function listed(session: Session, isEverywhere: boolean): Promise<readonly RolloutView[]> {
  return isEverywhere ? (await session.cluster()).listEverywhere() : (await session.client()).list();
}

function refuseElsewhere({ isOfCluster }: Session, isEverywhere: boolean): void {
  if (isOfCluster || isEverywhere) return;
  throw new Failure('usage', '--watch shows what runs in a cluster', {
    hint: 'name it with --context or --namespace; on one machine use `coalmine watch`',
  });
}
