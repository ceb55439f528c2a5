import { Failure } from '../base/failure.ts';
import type { Controller } from '../controller/controller.ts';
import type { GroupPort, RolloutRecord, Store } from '../controller/ports.ts';
import { peersAmong } from '../engine/group.ts';
import type { Rollout } from '../rollout/model.ts';

type Records = Pick<Store, 'list'>;

/** The others of a Rollout's group, as the controller asks for them; undefined where it is in none. */
export function groupPort({ name, group }: Rollout, store: Records): GroupPort | undefined {
  if (group === undefined) return undefined;
  return {
    peers: async (together) => peersAmong(await store.list(), { name, group: group.name, together }),
  };
}

/** The Rollouts of a group in the order in which they are released. Throws Failure `notFound` when there are none. */
export async function membersOf(group: string, store: Records): Promise<readonly string[]> {
  const records = await store.list();
  const members = records.filter(({ rollout }) => rollout.group?.name === group);
  if (members.length > 0) return members.sort(byOrder).map(({ rollout }) => rollout.name);
  const known = [...new Set(records.flatMap(({ rollout }) => rollout.group?.name ?? []))];
  throw new Failure('notFound', `no Rollout is in a group ${group}`, {
    hint:
      known.length === 0
        ? 'a Rollout joins one with `group: { name: … }` in its spec'
        : `there are: ${known.join(', ')}`,
  });
}

/** Has those looked at that are in the same release of a group, and may have waited for what was just saved. */
export function pokeOthers(
  { rollout, wanted }: Pick<RolloutRecord, 'rollout' | 'wanted'>,
  store: Records,
  controller: Pick<Controller, 'poke'>,
): void {
  const together = wanted?.together;
  if (together === undefined) return;
  store.list().then(
    (records) => {
      const others = records.filter((other) => other.wanted?.together === together);
      for (const other of others)
        if (other.rollout.name !== rollout.name) controller.poke(other.rollout.name);
    },
    // They look by themselves before long.
    () => undefined,
  );
}

/** A name for the next release of a group; none of its members has had it. */
export async function nextRelease(group: string, store: Records): Promise<string> {
  const used = (await store.list())
    .filter(({ rollout }) => rollout.group?.name === group)
    .flatMap(({ wanted, status }) => [wanted?.together, status.part?.together])
    .map((together) => Number(together?.slice(group.length + 1) ?? 0))
    .filter((number) => Number.isSafeInteger(number));
  return `${group}-${Math.max(0, ...used) + 1}`;
}

function byOrder({ rollout: a }: RolloutRecord, { rollout: b }: RolloutRecord): number {
  return (a.group?.order ?? 0) - (b.group?.order ?? 0) || a.name.localeCompare(b.name);
}
