import { Failure } from '../../base/failure.ts';
import type { Ports } from '../../controller/ports.ts';
import type { ClusterRouter } from '../../traffic/cluster/router.ts';

/** A Rollout whose traffic was edited. */
export interface RouteChange {
  /** What is steered still; undefined: nothing can be. */
  readonly before: ClusterRouter | undefined;
  /** Remembers that it is given back. */
  readonly note: () => Promise<void>;
}

/** What routes a Rollout: what was steered before its traffic was edited is given back first. */
export function routingPorts(
  router: ClusterRouter | undefined,
  change: RouteChange | undefined,
): Pick<Ports, 'router' | 'forgetRoute'> {
  const forgetRoute = async (signal: AbortSignal): Promise<string | undefined> => router?.forget(signal);
  if (change === undefined) return { forgetRoute, ...(router === undefined ? {} : { router }) };
  const giveBack = (signal: AbortSignal): Promise<undefined> => givenBack(change, signal);
  if (router === undefined) return { forgetRoute: giveBack };
  const waiting: Ports['router'] = {
    can: router.can,
    read: async (signal) => {
      // What cannot be steered is said before anything is let go.
      await router.check(signal);
      return { unconfirmed: 'the route that was steered before it is given back first' };
    },
    write: async (_, signal) => {
      await router.check(signal);
      await giveBack(signal);
    },
  };
  return { forgetRoute, router: waiting };
}

async function givenBack({ before, note }: RouteChange, signal: AbortSignal): Promise<undefined> {
  const why = await before?.forget(signal);
  if (why !== undefined) throw new Failure('conflict', `the route of before is not given back yet: ${why}`);
  await note();
}
