import type { Group } from '../../engine/observation.ts';
import { LABELS } from '../../kube/names.ts';
import { controllerOf, keyOf, sizeOf, type Read } from './look.ts';
import type { Pod, ReplicaSet } from './objects.ts';
import { troubleOf } from './pod-trouble.ts';
import { podHashIn } from './template.ts';
import { isSameKey, type SetKey } from './world.ts';

/** The pods of every revision that has some, or should have. What nobody knows is not told of. */
export function groupsOf(read: Read, pods: readonly Pod[], now: number): readonly Group[] {
  const groups: Group[] = [];
  for (const set of read.replicaSets) {
    const key = keyOf(set, read);
    const own = pods.filter((pod) => isOf(pod, set));
    if (key === undefined || (own.length === 0 && sizeOf(set) === 0)) continue;
    const group = groupOf(key, set, { pods: own, now });
    const at = groups.findIndex((one) => isSameKey(one, key));
    if (at === -1) groups.push(group);
    else groups[at] = together(groups[at] ?? group, group);
  }
  return groups;
}

/** Nobody's pods are those of the set that is about to claim them. */
function isOf(pod: Pod, set: ReplicaSet): boolean {
  const controller = controllerOf(pod);
  if (controller !== undefined) return controller.uid === set.metadata.uid;
  return pod.metadata.labels?.[LABELS.podHash] === podHashIn(set);
}

function groupOf(
  key: SetKey,
  set: ReplicaSet,
  { pods, now }: { readonly pods: readonly Pod[]; readonly now: number },
): Group {
  const alive = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  const staying = alive.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const failing = staying.map((pod) => troubleOf(pod, now)).find((one) => one !== undefined) ?? refused(set);
  return {
    ...key,
    running: alive.length,
    ready: staying.filter(isReady).length,
    ...(failing === undefined ? {} : { failing }),
  };
}

/** Its pods cannot be made at all: a quota, or somebody who refuses them. */
function refused({ status }: ReplicaSet): string | undefined {
  const failure = status?.conditions?.find(
    ({ type, status: is }) => type === 'ReplicaFailure' && is === 'True',
  );
  return failure && `its pods cannot be made: ${failure.message ?? failure.reason ?? ''}`;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

function together(a: Group, b: Group): Group {
  const failing = a.failing ?? b.failing;
  return {
    ...a,
    running: a.running + b.running,
    ready: a.ready + b.ready,
    ...(failing === undefined ? {} : { failing }),
  };
}
