import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { isMissing } from '../base/errno.ts';
import { Failure } from '../base/failure.ts';
import type { ClusterAccess } from './access.ts';
import { tokenFileCredentials } from './user-credentials.ts';

const MOUNTED_AT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where a pod is told about its cluster. */
export interface PodSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the service account is mounted. */
  readonly mountedAt?: string;
}

/** How a pod reaches the API server of its cluster, as its service account; undefined outside of pods. */
export async function inClusterAccess(of: PodSurroundings = {}): Promise<ClusterAccess | undefined> {
  const { env = process.env, mountedAt = MOUNTED_AT } = of;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || host === '' || port === undefined) return undefined;
  const ca = await mounted(join(mountedAt, 'ca.crt'));
  const namespace = await mounted(join(mountedAt, 'namespace'));
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ca,
    namespace: namespace.trim(),
    credentials: tokenFileCredentials(join(mountedAt, 'token')),
  };
}

async function mounted(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
    throw new Failure('notFound', `this pod has no service account: there is no ${file}`, {
      hint: 'let the pod have one: automountServiceAccountToken: true',
      cause,
    });
  });
}
