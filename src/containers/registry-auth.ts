import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../base/json.ts';

/** What is known of how to log in to a registry. */
export type RegistryAuth =
  /** The header that says who asks; not to be logged. */
  | { readonly kind: 'header'; readonly value: string }
  /** A helper program keeps the password, and is not asked. */
  | { readonly kind: 'helper'; readonly name: string }
  | { readonly kind: 'none' };

/** Who is logged in to a registry, as `docker login` has written it down. */
export async function registryAuth(
  registry: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<RegistryAuth> {
  const directory = env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? '/', '.docker');
  const config = await readConfig(join(directory, 'config.json'));
  const entry = under(config['auths'], registry);
  const auth = under(entry, 'auth');
  if (typeof auth === 'string' && auth !== '') return headerOf(auth, registry);
  const helper =
    under(config['credHelpers'], registry) ?? (entry === undefined ? undefined : config['credsStore']);
  return typeof helper === 'string' ? { kind: 'helper', name: helper } : { kind: 'none' };
}

function under(value: unknown, key: string): unknown {
  return isJsonObject(value) ? value[key] : undefined;
}

function headerOf(auth: string, registry: string): RegistryAuth {
  const pair = Buffer.from(auth, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return { kind: 'none' };
  const known = { username: pair.slice(0, colon), password: pair.slice(colon + 1), serveraddress: registry };
  return { kind: 'header', value: Buffer.from(JSON.stringify(known)).toString('base64url') };
}

async function readConfig(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isJsonObject(value) ? value : {};
  } catch {
    // Absent or not readable: nobody is logged in.
    return {};
  }
}
