import {
  hasArrived,
  hasFailed,
  memberState,
  peersAmong,
  type Member,
  type Peer,
} from '../../../src/engine/group.ts';
import { Breach } from '../invariant-checks.ts';
import type { World } from '../world.ts';

/** The Rollouts of a history as members of one group: each sees the others, and the order is watched. */
export class GroupOf {
  readonly #worlds: readonly World[];
  #releases = 0;

  constructor(worlds: readonly World[]) {
    this.#worlds = worlds;
    for (const world of worlds)
      if (world.rollout.group !== undefined) world.peers = () => this.#peersOf(world);
  }

  /** Asks for a release of all, of these revisions in turn. */
  release(revisions: readonly number[]): void {
    this.#releases += 1;
    this.#worlds.forEach((world, index) => {
      const revision = revisions[index % revisions.length] ?? 0;
      const together = `shop-${this.#releases}`;
      world.happen({ kind: 'want', revision, together });
    });
  }

  /** Lets something happen to one; throws a Breach when that begins its release out of turn. */
  watch(world: World, happen: () => void): void {
    const told = world.events.length;
    happen();
    const { group } = world.rollout;
    const { release } = world.status;
    const isBegun = world.events.slice(told).some(({ type }) => type === 'ReleaseStarted');
    if (group === undefined || !isBegun || release?.together === undefined || release.undoes !== undefined)
      return;
    const peers = this.#peersOf(world);
    const failed = peers.find(({ state }) => hasFailed(state));
    if (failed !== undefined)
      throw new Breach(`groups: ${world.rollout.name} begins although ${failed.name} is ${failed.state}`);
    const before = peers.find(({ order, state }) => order < group.order && !hasArrived(state));
    if (before !== undefined)
      throw new Breach(`groups: ${world.rollout.name} begins while ${before.name} is ${before.state}`);
    const beside = peers.filter(({ order, state }) => order === group.order && state === 'running');
    if (beside.length >= (group.concurrency ?? Infinity))
      throw new Breach(`groups: ${world.rollout.name} begins beside ${beside.length} others`);
  }

  /** Throws a Breach when somebody is still waited for, or is left promoted although another has failed. */
  checkEnd(): void {
    for (const world of this.#worlds) {
      const { rollout, status } = world;
      const state = memberState(memberOf(world));
      if (state === undefined) continue;
      if (!hasArrived(state) && !hasFailed(state))
        throw new Breach(`groups: ${rollout.name} is still ${state}`);
      const isLeft =
        state === 'promoted' && rollout.group?.onFailure === 'undo' && status.previous !== undefined;
      const failed = this.#peersOf(world).find((peer) => hasFailed(peer.state));
      if (isLeft && failed !== undefined)
        throw new Breach(`groups: ${rollout.name} stays although ${failed.name} is ${failed.state}`);
    }
  }

  #peersOf({ rollout: { name, group }, wanted }: World): readonly Peer[] {
    const together = wanted?.together;
    if (group === undefined || together === undefined) return [];
    return peersAmong(this.#worlds.map(memberOf), { name, group: group.name, together });
  }
}

function memberOf({ rollout, status, wanted }: World): Member {
  return { rollout, status, ...(wanted === undefined ? {} : { wanted }) };
}
