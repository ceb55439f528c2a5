import { Failure } from '../../base/failure.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isApiError } from '../../kube/api-error.ts';
import { keyText } from '../../kube/object.ts';
import { waitFor } from '../../system/waiting.ts';
import { manifest, type Manifest } from '../manifest.ts';
import { ROLLOUTS, type RolloutObject } from '../objects.ts';
import { installation } from './manifests.ts';
import { API_NAME, ENDED_SESSIONS_NAME, KEY_NAME, LEASE_NAME, WEBHOOK_NAME } from './names.ts';
import { takeAway, type Placed, type Placing } from './placing.ts';
import { reviewerName } from './roles.ts';
import { PART_NAMES, type InstallSettings } from './settings.ts';

const LOOK_EVERY_MS = 500;

/** Phases in which a release is under way. */
const RUNNING: readonly (string | undefined)[] = [
  'Progressing',
  'Paused',
  'Waiting',
  'Promoting',
  'RollingBack',
];

/** What is to leave. */
export type Leaving = Pick<InstallSettings, 'namespace' | 'namespaced'>;

/** The Rollouts that the operator looks after; none where nothing knows what a Rollout is. */
export async function rolloutsOf(
  client: KubeClient,
  { namespace, namespaced }: Leaving,
  signal: AbortSignal,
): Promise<readonly RolloutObject[]> {
  try {
    return (await client.list(ROLLOUTS, namespaced ? { namespace } : {}, signal)).items;
  } catch (error) {
    if (isApiError(error, 'notFound')) return [];
    throw error;
  }
}

/** Those with a release under way, by their names. */
export function releasing(rollouts: readonly RolloutObject[]): readonly string[] {
  return rollouts
    .filter(({ status }) => RUNNING.includes(status?.phase))
    .map(({ metadata }) => keyText(metadata));
}

/**
 * Deletes Rollouts and waits until the operator has let go of what they adopted. Throws Failure `timedOut`, naming
 * those that it has not let go of, when the signal ends the wait.
 */
export async function deleteRollouts(
  client: KubeClient,
  leaving: Leaving,
  signal: AbortSignal,
): Promise<void> {
  const asked = new AbortController().signal;
  for (const { metadata } of await rolloutsOf(client, leaving, asked))
    await client.delete(ROLLOUTS, { ...metadata, uid: metadata.uid ?? '' }, asked);
  for (;;) {
    const left = await rolloutsOf(client, leaving, asked);
    if (left.length === 0) return;
    if (!(await waitFor(LOOK_EVERY_MS, signal))) throw stillThere(left);
  }
}

function stillThere(left: readonly RolloutObject[]): Failure {
  const problems = left.map(({ metadata, status }) => ({
    path: keyText(metadata),
    reason: status?.message ?? 'the operator has not said anything of it',
  }));
  return new Failure('timedOut', `${left.length} Rollouts are not let go of yet; nothing else was removed`, {
    problems,
    hint: 'see whether the operator runs, then run it again',
  });
}

/** Takes away what an installation consists of, whichever options it was made with. The namespace goes last, if it was made by it. */
export async function takeAwayAll(
  { namespace, namespaced }: Leaving,
  placing: Placing,
  signal: AbortSignal,
): Promise<readonly Placed[]> {
  const all = installation({
    namespace,
    namespaced,
    enable: PART_NAMES,
    hold: namespaced ? 'always' : 'webhook',
    api: true,
    image: '',
    replicas: 1,
  });
  // Others may look after other namespaces, and need what the whole cluster has.
  const reviewer = reviewerName({ namespace, namespaced });
  const isOwn = (one: Manifest): boolean => isOfNamespace(one) || one.metadata.name === reviewer;
  const own = namespaced ? all.filter(isOwn) : all;
  const [first, ...rest] = own;
  const ordered = [...rest.toReversed(), ...kept(namespace), ...(first === undefined ? [] : [first])];
  const removed: Placed[] = [];
  for (const object of ordered) {
    const one = await takeAway(object, placing, signal);
    if (one !== undefined) removed.push(one);
  }
  return removed;
}

function isOfNamespace({ kind, metadata }: Manifest): boolean {
  return kind === 'Namespace' || metadata.namespace !== undefined;
}

/** What the operator itself has made beside it. */
function kept(namespace: string): readonly Manifest[] {
  return [
    manifest({ apiVersion: 'v1', kind: 'Secret', name: WEBHOOK_NAME, namespace }, {}),
    manifest({ apiVersion: 'v1', kind: 'Secret', name: API_NAME, namespace }, {}),
    manifest({ apiVersion: 'v1', kind: 'Secret', name: KEY_NAME, namespace }, {}),
    manifest({ apiVersion: 'v1', kind: 'ConfigMap', name: ENDED_SESSIONS_NAME, namespace }, {}),
    manifest({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: LEASE_NAME, namespace }, {}),
  ];
}
