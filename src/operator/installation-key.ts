import { randomBytes } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import { isApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { CONFIGS } from '../workloads/deployment/objects.ts';
import { KEY_NAME } from './install/names.ts';
import { INSTALL_LABELS } from './manifest.ts';

const BYTES = 32;

/**
 * The key without which a digest of a Secret says nothing about it. Made once, and kept in a Secret beside the operator: with
 * another key everything would be a new revision.
 */
export async function installationKey(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<string> {
  const there = await client.get(CONFIGS.Secret, { namespace, name: KEY_NAME }, signal);
  const secret = there ?? (await made(client, namespace, signal));
  const key = secret.data?.['key'];
  if (key !== undefined && key !== '') return key;
  throw new Failure('storeUnusable', `the Secret ${namespace}/${KEY_NAME} has no key`, {
    hint: 'restore it, or delete it: then each Rollout sees one new revision',
  });
}

async function made(client: KubeClient, namespace: string, signal: AbortSignal) {
  const data = { key: randomBytes(BYTES).toString('base64') };
  try {
    const metadata = { name: KEY_NAME, namespace, labels: { ...INSTALL_LABELS } };
    const secret = { metadata, type: 'Opaque', immutable: true, data };
    return await client.create(CONFIGS.Secret, secret, signal);
  } catch (cause) {
    const there = await client.get(CONFIGS.Secret, { namespace, name: KEY_NAME }, signal);
    if (!isApiError(cause, 'alreadyExists') || there === undefined) throw cause;
    return there;
  }
}
