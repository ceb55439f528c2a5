import type { Failure } from '../base/failure.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { Rollout } from '../rollout/model.ts';
import type { StateStore } from '../store/queries.ts';

/** A Rollout as it is stored, whether its document is understood or not. */
export interface Current {
  readonly stored: Omit<RolloutRecord, 'rollout'>;
  /** What the document means, or why this coalmine does not understand it. */
  readonly rollout: Rollout | Failure;
}

/** What is stored under a name, if anything. */
export async function currentOf(
  store: Pick<StateStore, 'get' | 'unresolved'>,
  name: string,
): Promise<Current | undefined> {
  try {
    const record = await store.get(name);
    if (record === undefined) return undefined;
    const { rollout, ...stored } = record;
    return { stored, rollout };
  } catch (cause) {
    const unresolved = (await store.unresolved()).find((one) => one.name === name);
    if (unresolved === undefined) throw cause;
    return { stored: unresolved.stored, rollout: unresolved.failure };
  }
}
