import type { CountedTick } from '../../engine/decision.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { ObjectKey } from '../../kube/object.ts';
import { RELEASE_TICKS } from '../objects.ts';
import { releaseName } from '../release-name.ts';
import { ticksIn } from './series.ts';

/** The ticks of a release of a Rollout, as far as they are written down. */
export async function keptTicks(
  client: KubeClient,
  { rollout: { name, ...place }, release }: { readonly rollout: ObjectKey; readonly release: number },
  signal: AbortSignal,
): Promise<readonly CountedTick[]> {
  const key = { ...place, name: releaseName(name, release) };
  try {
    const there = await client.get(RELEASE_TICKS, key, signal);
    return there === undefined ? [] : ticksIn(there.spec.parts);
  } catch (cause) {
    // For somebody who may not see them, and before the kind is installed: a release is worth seeing without.
    if (isApiError(cause, 'forbidden', 'notFound')) return [];
    throw cause;
  }
}
