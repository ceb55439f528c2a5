import type { KubeClient } from '../kube/client.ts';
import { Informer } from '../kube/informer.ts';
import { LABELS } from '../kube/names.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Resource } from '../kube/resource.ts';
import { onAbort, waitFor } from '../system/waiting.ts';
import { PODS, REPLICA_SETS } from '../workloads/deployment/objects.ts';
import { ROLLOUTS } from './objects.ts';
import { treeOf, type RolloutTree } from './tree.ts';

/** Nobody reads faster. */
const PAUSE_MS = 250;
/** What depends on the time alone, as how long a pod has had no place, is looked at so often. */
const LONGEST_MS = 5_000;

/** What is watched, and who is told that it cannot be. */
export interface TreeWatch {
  readonly client: KubeClient;
  /** Absent: all. */
  readonly namespace?: string;
  /** Absent: all. */
  readonly name?: string;
  readonly onTrouble: (cause: unknown) => void;
}

/** Rollouts with what runs of them, now and whenever something changes, until the signal is aborted. */
export async function* watchTrees(
  { client, namespace, name, onTrouble }: TreeWatch,
  signal: AbortSignal,
): AsyncGenerator<readonly RolloutTree[]> {
  let changed = (): void => undefined;
  const follow = <T extends KubeObject>(of: Resource<T>, selection: object): Informer<T, T> =>
    new Informer<T, T>({
      ...{ client, of, onTrouble },
      selection: { ...(namespace === undefined ? {} : { namespace }), ...selection },
      keep: (object) => object,
      onChange: () => {
        changed();
      },
    });
  const rollouts = follow(ROLLOUTS, name === undefined ? {} : { fields: `metadata.name=${name}` });
  const sets = follow(REPLICA_SETS, {});
  const pods = follow(PODS, { labels: LABELS.podHash });
  const all = [rollouts, sets, pods];
  const ended = Promise.all(all.map((informer) => informer.run(signal)));
  await Promise.all(all.map((informer) => informer.synced(signal)));
  while (!signal.aborted) {
    const next = new Promise<void>((resolve) => {
      changed = resolve;
      onAbort(signal, resolve);
    });
    const running = { sets: sets.all(), pods: pods.all(), now: Date.now() };
    yield [...rollouts.all()]
      .map((object) => treeOf(object, running))
      .sort((a, b) => a.namespace.localeCompare(b.namespace) || a.view.name.localeCompare(b.view.name));
    await waitFor(PAUSE_MS, signal);
    await Promise.race([next, waitFor(LONGEST_MS, signal)]);
  }
  await ended;
}
