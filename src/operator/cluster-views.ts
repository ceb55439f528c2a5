import { releaseView } from '../api/release-view.ts';
import type { EventView, RolloutView } from '../api/resources.ts';
import type { JsonObject } from '../base/json.ts';
import { NEW_STATUS } from '../engine/status.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve.ts';
import type { RolloutObject } from './objects.ts';
import { readMemory, type Memory } from './store/memory.ts';

/** An object as commands show it. Throws Failure `invalidSpec` for one that is not understood, and was not looked after either. */
export function viewOf(object: RolloutObject): RolloutView {
  const memory = readMemory(object.status?.memory);
  const rollout = rolloutOf(object);
  const { phase, message, stable, release, lastOutcome } = shownOf(object, memory);
  return {
    name: rollout.name,
    generation: object.metadata.generation ?? 0,
    strategy: rollout.strategy.kind,
    phase,
    message,
    ...(stable === undefined ? {} : { stable }),
    ...(memory?.wanted === undefined ? {} : { wanted: memory.wanted as RevisionId }),
    replicas: object.status?.replicas ?? rollout.workload.replicas,
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

function rolloutOf(object: RolloutObject): Rollout {
  return resolveRollout(documentOf(object), 'operator');
}

function documentOf({ metadata: { name, namespace }, spec }: RolloutObject): JsonObject {
  return { metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec };
}
