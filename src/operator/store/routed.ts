import { isSameJson } from '../../base/same-json.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import type { RolloutObject } from '../objects.ts';
import type { Entry } from './entry.ts';
import type { Memory } from './memory.ts';

/** The traffic that is steered for a Rollout, as it was written; without any, none is. */
export interface Routed {
  readonly traffic?: Json;
}

/** The traffic of a spec. */
export function routedIn({ traffic }: JsonObject): Routed {
  return traffic === undefined ? {} : { traffic };
}

/**
 * What counts of a Rollout now. While there are two versions, its traffic is what it was when that began; of what is
 * deleted only what it has taken over counts, whatever else is written there.
 */
export function specNow({ metadata, spec }: RolloutObject, memory: Memory | undefined): JsonObject {
  const { traffic: _, ...others } = spec;
  const routed = memory?.routed ?? routedIn(spec);
  if (metadata.deletionTimestamp !== undefined) {
    const { workload = null } = spec;
    return { workload, strategy: { ramped: {} }, ...routed };
  }
  const { release, kept } = memory?.status ?? {};
  const isOne = release === undefined && kept === undefined;
  return isOne || isSameJson(routed, routedIn(spec)) ? spec : { ...others, ...routed };
}

/** What is steered still and is not to be any more; undefined where all is as it is declared. */
export function routedBefore({ memory, resolved }: Pick<Entry, 'memory' | 'resolved'>): Routed | undefined {
  const { routed } = memory ?? {};
  return routed === undefined || resolved === undefined || isSameJson(routed, resolved.routed)
    ? undefined
    : routed;
}
