import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { apiParts, inNamespace, webhookParts } from '../../src/operator/install/manifests.ts';
import { OPERATOR_NAME } from '../../src/operator/install/names.ts';
import { place } from '../../src/operator/install/placing.ts';
import type { InstallSettings } from '../../src/operator/install/settings.ts';
import type { Manifest } from '../../src/operator/manifest.ts';
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
export async function tokenOf(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<string> {
  const { status } = await client.create(
    TOKENS,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { namespace, name },
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
  return tokenOf(client, { namespace, name: OPERATOR_NAME }, signal);
}

/**
 * Gives an operator in a namespace what `coalmine install --api` gives it, for the Rollouts of the whole cluster. Answers its
 * token.
 */
export async function installApi(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<string> {
  const settings = { namespace, namespaced: false, enable: [], image: '', replicas: 1 } as const;
  const whole: InstallSettings = { ...settings, hold: 'always', api: true };
  for (const object of [...inNamespace(whole), ...apiParts(whole)])
    await place(object, { client, dryRun: false }, signal);
  return tokenOf(client, { namespace, name: OPERATOR_NAME }, signal);
}

/** Writes a kubeconfig with which that token is shown to a server that speaks plain HTTP. Answers its path. */
export async function kubeconfigFor(token: string, server: string): Promise<string> {
  const path = join(tmpdir(), `coalmine-kubeconfig-${process.pid}-${new URL(server).port}`);
  await writeFile(path, kubeconfigText(server, '', token), { mode: 0o600 });
  return path;
}

/** Roles and what they allow, as they were placed. */
export interface Installed {
  readonly token: string;
  readonly objects: readonly Manifest[];
}

/**
 * Gives an operator what `coalmine install --hold webhook` gives it, everywhere. It runs outside of the cluster: the API
 * server asks at this port of this machine.
 */
export async function installEverywhere(
  client: KubeClient,
  { namespace, webhookPort }: { readonly namespace: string; readonly webhookPort: number },
  signal: AbortSignal,
): Promise<Installed> {
  const settings = { namespace, namespaced: false, enable: [], image: '', replicas: 1 } as const;
  const whole: InstallSettings = { ...settings, hold: 'webhook' };
  const objects = [...inNamespace(whole), ...webhookParts(whole)].map((one) => reachedAt(one, webhookPort));
  for (const object of objects) await place(object, { client, dryRun: false }, signal);
  return { token: await tokenOf(client, { namespace, name: OPERATOR_NAME }, signal), objects };
}

function reachedAt(object: Manifest, port: number): Manifest {
  if (object.kind !== 'MutatingWebhookConfiguration') return object;
  const { webhooks = [] } = object as unknown as { webhooks?: readonly AskedAt[] };
  const asked = webhooks.map(({ clientConfig, ...rest }) => ({
    ...rest,
    clientConfig: { url: `https://127.0.0.1:${port}${clientConfig.service.path}` },
  }));
  return { ...object, webhooks: asked };
}

interface AskedAt {
  readonly name: string;
  readonly clientConfig: { readonly service: { readonly path: string } };
}
