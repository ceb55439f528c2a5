import { releaseView, untoldIn } from '../api/release-view.ts';
import type { EventQuery } from '../api/operations.ts';
import type { EventView, RolloutView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { NEW_STATUS } from '../engine/status.ts';
import type { RevisionId, Rollout, Strategy } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import type { RolloutObject } from './objects.ts';
import { readMemory, type Memory } from './store/memory.ts';

/** An object as commands show it. One that is not understood says so in its message. */
export function viewOf(object: RolloutObject): RolloutView {
  const memory = readMemory(object.status?.memory);
  const rollout = declaredIn(object);
  const shown = shownOf(object, memory);
  const { phase, message, stable } = shown;
  return {
    ...placeOf(object),
    name: object.metadata.name,
    generation: object.metadata.generation ?? 0,
    strategy: rollout.strategy,
    phase,
    message,
    ...(stable === undefined ? {} : { stable }),
    replicas: object.status?.replicas ?? rollout.replicas,
    groups: [],
    ...rememberedIn(memory),
    ...releasesIn(shown, rollout.deadlineMs),
    ...untoldIn(memory?.status),
    document: documentOf(object),
  };
}

function rememberedIn(memory: Memory | undefined): Pick<RolloutView, 'wanted' | 'rates'> {
  const { wanted, rates = [] } = memory ?? {};
  return { rates, ...(wanted === undefined ? {} : { wanted: wanted as RevisionId }) };
}

function releasesIn(
  { release, lastOutcome }: Memory['status'],
  deadlineMs: number,
): Pick<RolloutView, 'release' | 'lastOutcome'> {
  return {
    ...(release === undefined ? {} : { release: releaseView(release, deadlineMs) }),
    ...(lastOutcome === undefined ? {} : { lastOutcome }),
  };
}

/** A view with the name of the cluster that it is of, where that has one. */
export function withCluster(view: RolloutView, cluster: string | undefined): RolloutView {
  return cluster === undefined ? view : { ...view, cluster };
}

function placeOf({ metadata: { namespace } }: RolloutObject): Pick<RolloutView, 'namespace'> {
  return namespace === undefined ? {} : { namespace };
}

/** What has happened lately, oldest first. */
export function eventsOf(object: RolloutObject): readonly EventView[] {
  const told = readMemory(object.status?.memory)?.told ?? [];
  return told.map((one) => ({ ...one, ...placeOf(object), rollout: object.metadata.name }));
}

/** Which events of these Rollouts are asked for: the oldest after one, or the newest; oldest first. */
export function eventsIn(
  objects: readonly RolloutObject[],
  { after, limit }: Pick<EventQuery, 'after' | 'limit'>,
): readonly EventView[] {
  const all = objects.flatMap(eventsOf).sort((a, b) => a.id - b.id);
  const most = limit ?? all.length;
  return after === undefined ? all.slice(-most) : all.filter(({ id }) => id > after).slice(0, most);
}

/** While something stands in the way the object says so, and the memory does not know. */
function shownOf({ status }: RolloutObject, memory: Memory | undefined): Memory['status'] {
  const { phase = 'Pending', message = 'not looked at yet: does `coalmine operator` run?' } = status ?? {};
  return { ...(memory?.status ?? NEW_STATUS), phase, message };
}

/** What is shown of the spec; of one that is not understood as much as can be. */
function declaredIn(
  object: RolloutObject,
): Pick<Rollout, 'deadlineMs'> & { readonly strategy: Strategy['kind']; readonly replicas: number } {
  try {
    const { strategy, workload, deadlineMs } = resolveRollout(documentOf(object), 'operator');
    return { strategy: strategy.kind, replicas: workload.replicas, deadlineMs };
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    const { strategy } = object.spec;
    const [kind] = isJsonObject(strategy) ? Object.keys(strategy) : [];
    return { strategy: (kind ?? 'recreate') as Strategy['kind'], replicas: 0, deadlineMs: 0 };
  }
}

function documentOf({ metadata: { name, namespace }, spec }: RolloutObject): JsonObject {
  return { metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec };
}
