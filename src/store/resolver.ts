import { Failure, messageOf } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { Rollout } from '../rollout/model.ts';
import type { StoredRollout } from './rows/rollout.ts';

/** Makes a Rollout of a valid document; throws what is wrong with it. */
export type Resolve = (document: JsonObject) => Rollout;

/** Makes records of rows. A document is resolved once, not at every look at it. Throws `unresolved`. */
export function recordMaker(resolve: Resolve): (stored: StoredRollout) => RolloutRecord {
  const resolved = new Map<string, { readonly document: string; readonly rollout: Rollout }>();
  return ({ name, ...stored }) => {
    const known = resolved.get(name);
    if (known?.document === stored.document) return { rollout: known.rollout, ...stored };
    const rollout = resolveStored(name, stored.document, resolve);
    resolved.set(name, { document: stored.document, rollout });
    return { rollout, ...stored };
  };
}

function resolveStored(name: string, document: string, resolve: Resolve): Rollout {
  try {
    return resolve(JSON.parse(document) as JsonObject);
  } catch (cause) {
    throw new Failure(
      'invalidSpec',
      `the stored document of the Rollout ${name} is not understood: ${messageOf(cause)}`,
      {
        hint: 'apply a corrected document, or use the version of coalmine that stored it',
        problems: cause instanceof Failure ? cause.problems : [],
        cause,
      },
    );
  }
}
