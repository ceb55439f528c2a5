import { Failure } from '../../base/failure.ts';
import { isSameJson } from '../../base/same-json.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource, type Resource } from '../../kube/resource.ts';
import { INSTALL_LABELS, type Manifest } from '../manifest.ts';

/** What was done with an object, or would be. */
export interface Placed {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly change: 'none' | 'new' | 'changed' | 'removed';
}

/** How objects are placed. */
export interface Placing {
  readonly client: KubeClient;
  /** True: nothing is written. */
  readonly dryRun: boolean;
}

const RBAC = 'rbac.authorization.k8s.io/v1';

/** Every kind that an installation has. */
const RESOURCES: readonly Resource[] = [
  resource('v1', 'Namespace', { plural: 'namespaces', clusterWide: true }),
  resource('v1', 'ServiceAccount', { plural: 'serviceaccounts' }),
  resource('v1', 'Service', { plural: 'services' }),
  resource('v1', 'Secret', { plural: 'secrets' }),
  resource('v1', 'ConfigMap', { plural: 'configmaps' }),
  resource('coordination.k8s.io/v1', 'Lease', { plural: 'leases' }),
  resource('apps/v1', 'Deployment', { plural: 'deployments' }),
  resource(RBAC, 'Role', { plural: 'roles' }),
  resource(RBAC, 'RoleBinding', { plural: 'rolebindings' }),
  resource(RBAC, 'ClusterRole', { plural: 'clusterroles', clusterWide: true }),
  resource(RBAC, 'ClusterRoleBinding', { plural: 'clusterrolebindings', clusterWide: true }),
  resource('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
    plural: 'customresourcedefinitions',
    clusterWide: true,
  }),
  resource('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', {
    plural: 'mutatingwebhookconfigurations',
    clusterWide: true,
  }),
];

/** Makes an object be as it is written. A Namespace that is there is somebody's, and left alone. */
export async function place(
  object: Manifest,
  { client, dryRun }: Placing,
  signal: AbortSignal,
): Promise<Placed> {
  const of = resourceOf(object.kind);
  const { kind, metadata } = object;
  const there = await client.get(of, metadata, signal);
  if (there !== undefined && kind === 'Namespace') return { ...told(object), change: 'none' };
  // In a namespace that is yet to be made nothing can be tried.
  if (there === undefined && dryRun) return { ...told(object), change: 'new' };
  const now = await client.apply(of, { object, force: true, dryRun }, signal);
  if (there === undefined) return { ...told(object), change: 'new' };
  return { ...told(object), change: isSameJson(contents(there), contents(now)) ? 'none' : 'changed' };
}

/** Takes an object away, if it is part of an installation; undefined when there is none. */
export async function takeAway(
  object: Manifest,
  { client, dryRun }: Placing,
  signal: AbortSignal,
): Promise<Placed | undefined> {
  const of = resourceOf(object.kind);
  const there = await client.get(of, object.metadata, signal);
  const isOurs = Object.entries(INSTALL_LABELS).every(
    ([key, value]) => there?.metadata.labels?.[key] === value,
  );
  const isGoing = there?.metadata.deletionTimestamp !== undefined;
  if (there === undefined || !isOurs || isGoing) return undefined;
  const { uid = '' } = there.metadata;
  if (!dryRun) await client.delete(of, { ...object.metadata, uid }, signal);
  return { ...told(object), change: 'removed' };
}

function resourceOf(kind: string): Resource {
  const found = RESOURCES.find((one) => one.kind === kind);
  if (found === undefined) throw new Failure('bug', `an installation has no ${kind}`);
  return found;
}

function told({ kind, metadata: { name, namespace } }: Manifest): Omit<Placed, 'change'> {
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** What counts of an object: not who wrote it when, nor what became of it. */
function contents(object: KubeObject): object {
  const { metadata, ...rest } = object;
  const { managedFields: _, resourceVersion: __, generation: ___, ...named } = metadata;
  return { ...rest, metadata: named, status: undefined };
}
