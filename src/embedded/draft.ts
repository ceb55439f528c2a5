import { Failure } from '../base/failure.ts';
import { isSameJson } from '../base/same-json.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { ReleaseRequest } from '../api/resources.ts';
import { withSet } from '../config/set.ts';
import { unknownRollout } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { attributed, type Author } from '../engine/author.ts';
import type { EngineEvent } from '../engine/decision.ts';
import { hasFailed } from '../engine/group.ts';
import { NEW_STATUS, type Status } from '../engine/status.ts';
import type { Wanted } from '../engine/wanted.ts';
import { withoutRejection } from '../engine/steer.ts';
import type { Rollout, LocalWorkload } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import type { StoredRevision } from '../store/rows/revision.ts';
import type { Current } from './current.ts';
import { takenFields } from './taking.ts';

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
  const rollout = resolveRollout(document, 'embedded');
  if (rollout.name === name) return { text: JSON.stringify(document), rollout };
  throw new Failure('usage', `${name} cannot be renamed to ${rollout.name}`, {
    hint: 'apply it under the new name, then delete the old one',
  });
}

/** The edit that a release asks for; `taken`: the revision of another Rollout that it is to be made of. */
export function releaseEdit(name: string, request: ReleaseRequest, taken?: StoredRevision): Edit {
  return (current) => {
    if (current === undefined) throw unknownRollout(name);
    if (current.rollout instanceof Failure) throw current.rollout;
    let document = JSON.parse(current.stored.document) as JsonObject;
    if (taken !== undefined) {
      for (const [field, value] of takenFields(taken, current.rollout))
        document = withWorkloadField(document, field, value);
    }
    if (request.from !== undefined) {
      refuseFiles(name, current.rollout);
      document = withWorkloadField(document, 'from', request.from);
    }
    if (request.envFiles !== undefined) document = withWorkloadField(document, 'envFiles', request.envFiles);
    return request.set === undefined ? document : withSet(document, request.set);
  };
}

/** What containers run is in their image. */
function refuseFiles(name: string, { workload }: Rollout): void {
  if (workload.kind !== 'container') return;
  throw new Failure('usage', `${name} runs containers, which are made of an image and not from files`, {
    hint: 'release another image with --set workload.container.image=NAME',
  });
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
  to: Pick<Wanted, 'revision' | 'variants'> & {
    readonly insist: boolean;
    readonly together?: string | undefined;
    readonly by: Author | undefined;
  },
): RolloutRecord {
  const { wanted, ...before } = edited(current?.stored ?? NOTHING, draft);
  const { insist, together, by, ...revisions } = to;
  const isSame = wanted?.revision === to.revision && isSameJson(wanted.variants, to.variants);
  const isWanted = isSame && !isOver(wanted, before.status);
  const anew: Wanted = { ...revisions, mode: 'strategy', ...(by === undefined ? {} : { by }) };
  return {
    ...before,
    // Wanted already: how it is to be released (an undo goes at once) stays as it was said.
    wanted: together === undefined ? (isWanted ? wanted : anew) : { ...anew, together },
    status: insist ? withoutRejection(before.status, to) : before.status,
  };
}

/** What is told of a declaration; nothing of one that changes nothing. */
export function declaring(
  before: Current['stored'] | undefined,
  after: RolloutRecord,
  by: Author | undefined,
): readonly EngineEvent[] {
  const { generation, wanted } = after;
  if (before?.generation === generation && before.wanted === wanted) return [];
  const wants = wanted === undefined ? '' : `, wants ${wanted.revision}`;
  const event: EngineEvent = { type: 'Declared', message: `generation ${generation}${wants}` };
  return by === undefined ? [event] : attributed([event], by);
}

/** Wanted as a part of a release of its group that has failed: who asks for it again asks for it by itself. */
function isOver({ together }: Wanted, { part }: Status): boolean {
  return together !== undefined && part?.together === together && hasFailed(part.state);
}

/** The document with one field of what runs replaced, of whatever kind that is. */
export function withWorkloadField(
  document: JsonObject,
  field: string,
  value: JsonObject[string],
): JsonObject {
  const spec = objectAt(document, 'spec');
  const workload = objectAt(spec, 'workload');
  const kind = kindIn(workload);
  return {
    ...document,
    spec: { ...spec, workload: { ...workload, [kind]: { ...objectAt(workload, kind), [field]: value } } },
  };
}

/** The fields of what runs, as they are written. */
export function writtenWorkload(document: JsonObject): JsonObject {
  const workload = objectAt(objectAt(document, 'spec'), 'workload');
  return objectAt(workload, kindIn(workload));
}

function kindIn(workload: JsonObject): LocalWorkload['kind'] {
  return 'container' in workload ? 'container' : 'process';
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

/** What is there before a Rollout is first declared. */
const NOTHING: Current['stored'] = {
  document: '',
  generation: 0,
  status: NEW_STATUS,
  deleting: false,
  version: 0,
};
