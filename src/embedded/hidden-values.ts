import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { HIDDEN } from '../rollout/changes.ts';
import { localWorkload } from '../rollout/local-workload.ts';
import type { Segments } from '../rollout/path.ts';
import type { Rollout } from '../rollout/model.ts';
import { withWorkloadField, writtenWorkload } from './draft.ts';

/** A document as it may be shown: values of the environment may be secrets, their names are not. */
export function withoutValues(document: JsonObject): JsonObject {
  const { env } = writtenWorkload(document);
  if (!isJsonObject(env)) return document;
  return withWorkloadField(
    document,
    'env',
    Object.fromEntries(Object.keys(env).map((name) => [name, HIDDEN])),
  );
}

/** True for the place of a variable in the template of a revision. */
export function isOfEnvironment([first, second]: Segments): boolean {
  return first === 'environment' && second !== undefined;
}

/** Throws Failure `invalidSpec` for a document that was shown and comes back: its values would be lost. */
export function refuseHiddenValues({ name, workload }: Rollout): void {
  const lost = Object.entries(localWorkload(workload).env).flatMap(([variable, value]) =>
    value === HIDDEN ? [variable] : [],
  );
  if (lost.length === 0) return;
  throw new Failure(
    'invalidSpec',
    `${name} has no value for ${lost.join(', ')}: values of env are never shown`,
    {
      hint: 'write the values in, or keep them in a file and name it in envFiles',
    },
  );
}
