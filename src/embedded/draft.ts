import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { ReleaseRequest } from '../api/resources.ts';
import { withSet } from '../config/set.ts';
import { unknownRollout } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { withoutRejection } from '../engine/steer.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve.ts';
import type { Current } from './current.ts';

/** What a document is to become, given what is stored now. */
export type Edit = (current: Current | undefined) => JsonObject;

/** A document that is valid and not stored yet. */
export interface Draft {
  readonly text: string;
  readonly rollout: Rollout;
}

/** Edits what is stored under a name. Throws Failure when what comes of it is not a valid Rollout of that name. */
export function draftOf(name: string, edit: Edit, current: Current | undefined): Draft {
  const document = edit(current);
  const rollout = resolveRollout(document);
  if (rollout.name === name) return { text: JSON.stringify(document), rollout };
  throw new Failure('usage', `${name} cannot be renamed to ${rollout.name}`, {
    hint: 'apply it under the new name, then delete the old one',
  });
}

/** The edit that a release asks for. */
export function releaseEdit(name: string, request: ReleaseRequest): Edit {
  return (current) => {
    if (current === undefined) throw unknownRollout(name);
    if (current.rollout instanceof Failure) throw current.rollout;
    let document = JSON.parse(current.stored.document) as JsonObject;
    if (request.from !== undefined) document = withProcessField(document, 'from', request.from);
    if (request.envFiles !== undefined) document = withProcessField(document, 'envFiles', request.envFiles);
    return request.set === undefined ? document : withSet(document, request.set);
  };
}

/** A record with its document replaced, and its generation counted on when that changed it. */
export function edited(before: Current['stored'], { text, rollout }: Draft): RolloutRecord {
  const generation = before.generation + (before.document === text ? 0 : 1);
  return { ...before, rollout, document: text, generation };
}

/** The record that declares a draft and wants its revision; `insist`: even if that was rejected. */
export function declared(
  current: Current | undefined,
  draft: Draft,
  to: { readonly revision: RevisionId; readonly insist: boolean },
): RolloutRecord {
  const { wanted, ...before } = edited(current?.stored ?? NOTHING, draft);
  return {
    ...before,
    // Wanted already: how it is to be released (an undo goes at once) stays as it was said.
    wanted: wanted?.revision === to.revision ? wanted : { revision: to.revision, mode: 'strategy' },
    status: to.insist ? withoutRejection(before.status, to.revision) : before.status,
  };
}

/** The document with one field of its process workload replaced. */
export function withProcessField(document: JsonObject, field: string, value: JsonObject[string]): JsonObject {
  const spec = isJsonObject(document['spec']) ? document['spec'] : {};
  const workload = isJsonObject(spec['workload']) ? spec['workload'] : {};
  const process = isJsonObject(workload['process']) ? workload['process'] : {};
  return {
    ...document,
    spec: { ...spec, workload: { ...workload, process: { ...process, [field]: value } } },
  };
}

/** What is there before a Rollout is first declared. */
const NOTHING: Current['stored'] = {
  document: '',
  generation: 0,
  status: NEW_STATUS,
  deleting: false,
  version: 0,
};
