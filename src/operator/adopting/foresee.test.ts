import { describe, expect, it } from 'vitest';
import { ApiError } from '../../kube/api-error.ts';
import type { KubeClient, Page } from '../../kube/client.ts';
import type { ObjectKey } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';
import { HOLD_CONFIGURATION } from '../install/names.ts';
import { DEPLOYMENTS } from '../../workloads/deployment/objects.ts';
import { aDeployment } from '../testing/cluster.ts';
import { clusterPlan } from './foresee.ts';

/** A cluster with the Deployment `shop` that a Rollout of this name has adopted; with a webhook, without, or nobody may know. */
function aCluster(webhook: 'installed' | 'none' | 'hidden'): KubeClient {
  const rollout = { metadata: { name: 'shop' }, spec: { workload: { deployment: { name: 'shop' } } } };
  const client: Pick<KubeClient, 'get' | 'list'> = {
    get: <T>({ kind }: Resource, { name }: ObjectKey) => {
      if (name === HOLD_CONFIGURATION && webhook === 'hidden')
        return Promise.reject(new ApiError('forbidden', 'you may not'));
      const isThere = name === HOLD_CONFIGURATION && webhook === 'installed';
      const there = isThere ? { metadata: { name } } : undefined;
      return Promise.resolve(
        (kind === DEPLOYMENTS.kind ? aDeployment('web', name, 'shop:v1') : there) as T | undefined,
      );
    },
    list: <T>({ kind }: Resource): Promise<Page<T>> =>
      Promise.resolve({
        items: (kind === 'Rollout' ? [rollout] : []) as unknown as readonly T[],
        resourceVersion: '1',
      }),
  };
  return client as KubeClient;
}

const NOT_HELD = 'hold: webhook is said, and no webhook is installed';
const FOR_KUBECTL = 'for "kubectl apply" it must say apiVersion: coalmine.dev/v1alpha1';

/** What a document says, and what is noted of that. */
interface Noted {
  readonly what: string;
  readonly hold?: string;
  readonly apiVersion?: string;
  readonly webhook: 'installed' | 'none' | 'hidden';
  readonly notes: readonly string[];
}

describe('the plan of a Rollout in a cluster', () => {
  it.each<Noted>([
    { what: 'a webhook that is not installed', hold: 'webhook', webhook: 'none', notes: [NOT_HELD] },
    { what: 'a webhook that is', hold: 'webhook', webhook: 'installed', notes: [] },
    { what: 'a webhook of which it may not know', hold: 'webhook', webhook: 'hidden', notes: [] },
    { what: 'no webhook', hold: 'always', webhook: 'none', notes: [] },
    { what: 'nothing', webhook: 'none', notes: [] },
    {
      what: 'the version of files',
      ...{ apiVersion: 'coalmine.dev/v1', webhook: 'none', notes: [FOR_KUBECTL] },
    },
    {
      what: 'the version of clusters',
      ...{ apiVersion: 'coalmine.dev/v1alpha1', webhook: 'none', notes: [] },
    },
  ])('notes what comes of asking for $what', async ({ hold, apiVersion, webhook, notes }) => {
    const deployment = { name: 'shop', ...(hold === undefined ? {} : { hold }) };
    const document = {
      ...(apiVersion === undefined ? {} : { apiVersion }),
      metadata: { name: 'shop' },
      spec: { workload: { deployment }, strategy: { canary: { replicas: [1] } } },
    };
    const place = { client: aCluster(webhook), namespace: 'web' };
    const { plan } = await clusterPlan(place, document, new AbortController().signal);
    const said = plan.notes.filter((note) => [NOT_HELD, FOR_KUBECTL].some((one) => note.startsWith(one)));
    expect(said).toEqual(notes.map((note) => expect.stringContaining(note) as string));
  });
});
