import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { inNamespace } from '../../src/operator/install/manifests.ts';
import { OPERATOR_NAME } from '../../src/operator/install/names.ts';
import { place } from '../../src/operator/install/placing.ts';
import { kubeconfigText } from './credentials.ts';

interface TokenRequest extends KubeObject {
  readonly spec?: object;
  readonly status?: { readonly token: string };
}

const TOKENS = {
  ...resource<TokenRequest>('v1', 'ServiceAccount', { plural: 'serviceaccounts' }),
  subresource: 'token',
};

/** The token of a service account, as a pod would get it. */
export async function tokenOf(client: KubeClient, namespace: string, signal: AbortSignal): Promise<string> {
  const { status } = await client.create(
    TOKENS,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { namespace, name: OPERATOR_NAME },
      spec: { audiences: [] },
    },
    signal,
  );
  return status?.token ?? '';
}

/** Gives an operator in a namespace what `coalmine install --namespaced` gives it. Answers its token. */
export async function installAccount(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<string> {
  const settings = { namespace, namespaced: true, enable: [], image: '', replicas: 1 } as const;
  for (const object of inNamespace({ ...settings, hold: 'always' }))
    await place(object, { client, dryRun: false }, signal);
  return tokenOf(client, namespace, signal);
}

/** Writes a kubeconfig with which that token is shown to a server that speaks plain HTTP. Answers its path. */
export async function kubeconfigFor(token: string, server: string): Promise<string> {
  const path = join(tmpdir(), `coalmine-kubeconfig-${process.pid}-${new URL(server).port}`);
  await writeFile(path, kubeconfigText(server, '', token), { mode: 0o600 });
  return path;
}
