import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure, messageOf } from '../base/failure.ts';
import { fixedCredentials, type ClusterAccess, type Credentials, type Identity } from './access.ts';
import { execCredentials } from './exec-credentials.ts';
import { textIn } from './json-fields.ts';
import { pemOf, type KubeconfigPart } from './kubeconfig-part.ts';

/** What a plugin may be told of the cluster. */
export interface Surroundings {
  readonly access: Pick<ClusterAccess, 'server' | 'ca' | 'serverName' | 'insecure'>;
  readonly cluster: KubeconfigPart;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How long the token of a file counts before the file is read again: it is replaced long before it runs out. */
const REREAD_AFTER_MS = 10_000;

/** Who the user of a configuration is. */
export async function credentialsOf(user: KubeconfigPart, around: Surroundings): Promise<Credentials> {
  const { fields, dir } = user;
  if (fields['auth-provider'] !== undefined)
    throw new Failure('notBuilt', 'auth-provider has been removed from Kubernetes', {
      hint: 'let the user be one with `exec`, as `kubectl` itself asks for since 1.26',
    });
  const certificate = await certificateOf(user);
  const token = textIn(fields, 'token');
  const tokenFile = textIn(fields, 'tokenFile');
  if (token !== undefined) return fixedCredentials({ authorization: `Bearer ${token}`, ...certificate });
  if (tokenFile !== undefined) return tokenFileCredentials(resolve(dir, tokenFile), certificate);
  const [username, password] = [textIn(fields, 'username'), textIn(fields, 'password')];
  if (username !== undefined && password !== undefined)
    return fixedCredentials({ authorization: basic(username, password), ...certificate });
  if (fields['exec'] !== undefined) return execCredentials(user, around);
  return fixedCredentials(certificate);
}

async function certificateOf(user: KubeconfigPart): Promise<Identity> {
  const cert = await pemOf(user, 'client-certificate');
  const key = await pemOf(user, 'client-key');
  if ((cert === undefined) !== (key === undefined))
    throw new Failure(
      'usage',
      'the user of the configuration has a certificate without its key, or the reverse',
    );
  return cert === undefined || key === undefined ? {} : { certificate: { cert, key } };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The token of a file that is replaced now and then, as that of a service account is. */
export function tokenFileCredentials(file: string, certificate: Identity = {}): Credentials {
  let known: { readonly authorization: string; readonly until: number } | undefined;
  return {
    current: async () => {
      if (known === undefined || performance.now() > known.until) {
        const authorization = `Bearer ${await tokenIn(file)}`;
        known = { authorization, until: performance.now() + REREAD_AFTER_MS };
      }
      return { ...certificate, authorization: known.authorization };
    },
    refused: () => {
      known = undefined;
    },
  };
}

async function tokenIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure('notFound', `cannot read the token in ${file}: ${messageOf(cause)}`, { cause });
  });
  if (text.trim() !== '') return text.trim();
  throw new Failure('usage', `the token in ${file} is empty`);
}
