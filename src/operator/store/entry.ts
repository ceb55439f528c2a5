import type { Status } from '../../engine/status.ts';
import { isLater } from '../../kube/object.ts';
import { Turns } from '../../kube/turns.ts';
import type { Wanted } from '../../engine/wanted.ts';
import type { JsonObject } from '../../base/json.ts';
import type { TemplatedCheck } from '../../rollout/check-templates.ts';
import type { Rollout } from '../../rollout/model.ts';
import type { CommandAnswer } from '../crd/rollout-status.ts';
import type { RolloutObject } from '../objects.ts';
import type { Obstacle } from '../status/conditions.ts';
import type { Routed } from './routed.ts';
import { readMemory, type Memory } from './memory.ts';

/** What a spec means, with the checks of its templates in it. */
export interface Resolved {
  /** The spec that was read, as text. */
  readonly text: string;
  /** The spec as it is written. */
  readonly spec: JsonObject;
  readonly rollout: Rollout;
  readonly templated: readonly TemplatedCheck[];
  readonly routed: Routed;
}

/** What is known of one Rollout between two looks at it. */
export interface Entry {
  /** As it was last seen or written. */
  object: RolloutObject;
  /** What is remembered, which may be newer than what the object keeps; absent before it was begun. */
  memory?: Memory;
  /** What the object keeps of it. */
  saved?: { readonly status: Status; readonly version: number; readonly atMs: number };
  resolved?: Resolved;
  /** Why what is declared now does not count, while the release that runs goes on by what was declared before. */
  refused?: Obstacle;
  /** What the Deployment's template is named, and what was wanted, at the last look. */
  asked?: { readonly template: string; readonly wanted: Wanted };
  answers: readonly CommandAnswer[];
  /** One save after the other: while one is written, nothing else goes by what it is to replace. */
  readonly saves: Turns;
}

/** The first of an object. Throws Failure `storeUnusable`. */
export function entryOf(object: RolloutObject): Entry {
  return remembered({ object, answers: object.status?.answers ?? [], saves: new Turns(1) });
}

/**
 * Takes over a newer object. What is remembered here stays, unless somebody else has saved since: then theirs counts.
 */
export function renew(entry: Entry, object: RolloutObject): void {
  entry.object = object;
  const stored = readMemory(object.status?.memory);
  if (stored?.version === entry.saved?.version) return;
  delete entry.memory;
  delete entry.saved;
  entry.answers = object.status?.answers ?? [];
  remembered(entry);
}

function remembered(entry: Entry): Entry {
  const memory = readMemory(entry.object.status?.memory);
  if (memory === undefined) return entry;
  entry.memory = memory;
  entry.saved = { status: memory.status, version: memory.version, atMs: -Infinity };
  return entry;
}

/** True when `a` is a later state of the same object than `b`. */
export function isNewer(a: RolloutObject, b: RolloutObject): boolean {
  if (a.metadata.uid !== b.metadata.uid) return true;
  return isLater(a.metadata.resourceVersion, b.metadata.resourceVersion);
}
