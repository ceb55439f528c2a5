import { releaseView } from '../api/release-view.ts';
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
  const { phase, message, stable, release, lastOutcome } = shownOf(object, memory);
  return {
    name: object.metadata.name,
    generation: object.metadata.generation ?? 0,
    strategy: rollout.strategy,
    phase,
    message,
    ...(stable === undefined ? {} : { stable }),
    ...(memory?.wanted === undefined ? {} : { wanted: memory.wanted as RevisionId }),
    replicas: object.status?.replicas ?? rollout.replicas,
    groups: [],
    rates: [],
    ...(release === undefined ? {} : { release: releaseView(release, rollout.deadlineMs) }),
    ...(lastOutcome === undefined ? {} : { lastOutcome }),
    document: documentOf(object),
  };
}

/** What has happened lately, oldest first. */
export function eventsOf(object: RolloutObject): readonly EventView[] {
  const told = readMemory(object.status?.memory)?.told ?? [];
  return told.map((one) => ({ ...one, rollout: object.metadata.name }));
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
