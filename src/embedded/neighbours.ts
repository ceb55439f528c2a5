import type { NeighbourPort, Ports } from '../controller/ports.ts';
import { neighbourOf, type Neighbour } from '../engine/gates/neighbour.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { artefactOf } from '../rollout/revision.ts';
import type { StateStore } from '../store/queries.ts';
import { groupPort } from './group.ts';

/** Where other Rollouts are known. */
export interface NeighbourSite {
  readonly store: Pick<StateStore, 'get' | 'list' | 'getRevision'>;
  readonly shown: { hasSeen(name: string): boolean };
}

/** The other Rollouts that one depends on: those of its group, and those its gates wait for. */
export function otherRollouts(rollout: Rollout, site: NeighbourSite): Pick<Ports, 'group' | 'neighbours'> {
  const group = groupPort(rollout, site.store);
  return { neighbours: neighbourPort(rollout, site), ...(group === undefined ? {} : { group }) };
}

function neighbourPort({ name }: Pick<Rollout, 'name'>, site: NeighbourSite): NeighbourPort {
  return {
    see: async (names, candidate) => {
      const artefact = await artefactIn(site, name, candidate);
      const seen = await Promise.all(
        [...new Set(names)].map(async (other) => [other, await neighbour(site, other, artefact)] as const),
      );
      return Object.fromEntries(seen);
    },
  };
}

async function neighbour(
  site: NeighbourSite,
  name: string,
  artefact: string | undefined,
): Promise<Neighbour | 'none'> {
  const record = await site.store.get(name);
  if (record === undefined || record.deleting) return 'none';
  const { status } = record;
  const own = status.stable === undefined ? undefined : await artefactIn(site, name, status.stable);
  const seen = neighbourOf(status, own !== undefined && own === artefact);
  // What was saved before a start may not be so any more.
  return site.shown.hasSeen(name) ? seen : { ...seen, phase: 'Pending' };
}

async function artefactIn(
  { store }: NeighbourSite,
  rollout: string,
  id: RevisionId,
): Promise<string | undefined> {
  const revision = await store.getRevision(rollout, id);
  return revision === undefined ? undefined : artefactOf(revision.template);
}
