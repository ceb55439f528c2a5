import type { NeighbourPort } from '../controller/ports.ts';
import { neighbourOf, type Neighbour } from '../engine/gates/neighbour.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { keyText } from '../kube/object.ts';
import type { Rollout } from '../rollout/model.ts';
import type { ClusterStore } from './store/store.ts';

/** The other Rollouts of the namespace, as gates wait for them. */
export function neighbourPort(
  { namespace = 'default' }: Rollout,
  store: Pick<ClusterStore, 'entry'>,
): NeighbourPort {
  return {
    see: (names) => {
      const seen = names.map((name) => [name, neighbour(keyText({ namespace, name }), store)] as const);
      return Promise.resolve(Object.fromEntries(seen));
    },
  };
}

/** What stands in the way of one is told by its object, and not remembered. */
function neighbour(key: string, store: Pick<ClusterStore, 'entry'>): Neighbour | 'none' {
  const entry = store.entry(key);
  if (entry === undefined || entry.object.metadata.deletionTimestamp !== undefined) return 'none';
  const { phase = 'Pending' } = entry.object.status ?? {};
  return neighbourOf({ ...(entry.memory?.status ?? NEW_STATUS), phase }, false);
}
