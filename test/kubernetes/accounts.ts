import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { tokenOf } from './installed.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ACCOUNTS = resource<KubeObject>('v1', 'ServiceAccount', { plural: 'serviceaccounts' });

/** What gives people a role. */
interface Binding extends KubeObject {
  readonly subjects: readonly object[];
  readonly roleRef: object;
}

/** Bindings of one namespace. */
export const BINDINGS = resource<Binding>(`${RBAC}/v1`, 'RoleBinding', { plural: 'rolebindings' });

const CLUSTER_BINDINGS = resource<Binding>(`${RBAC}/v1`, 'ClusterRoleBinding', {
  plural: 'clusterrolebindings',
  clusterWide: true,
});

/** Somebody who uses a cluster: a ServiceAccount. */
export interface Somebody {
  readonly namespace: string;
  readonly name: string;
}

/** Makes an account that may do nothing yet, and answers its token. */
export async function newAccount(client: KubeClient, who: Somebody, signal: AbortSignal): Promise<string> {
  await client.create(ACCOUNTS, { metadata: who }, signal);
  return tokenOf(client, who, signal);
}

/** As the API server calls an account. */
export function userName({ namespace, name }: Somebody): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** A role that an account is given, in a namespace or, without one, in all. */
export interface Given {
  readonly role: 'coalmine-view' | 'coalmine-edit';
  readonly to: Somebody;
  readonly namespace?: string;
}

/** Gives an account a role of an installation. Answers the name of the binding. */
export async function give(
  client: KubeClient,
  { role, to, namespace }: Given,
  signal: AbortSignal,
): Promise<string> {
  const name = `${to.namespace}-${to.name}-${role}`;
  const subjects = [{ kind: 'ServiceAccount', ...to }];
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: role };
  const where = namespace === undefined ? {} : { namespace };
  const of = namespace === undefined ? CLUSTER_BINDINGS : BINDINGS;
  await client.create(of, { metadata: { name, ...where }, subjects, roleRef }, signal);
  return name;
}
