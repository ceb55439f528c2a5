import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { isMissing } from '../base/errno.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { isJsonObject } from '../base/json.ts';
import type { ClusterAccess } from './access.ts';
import { objectIn, objectsIn, textIn } from './json-fields.ts';
import { pemOf, type KubeconfigPart } from './kubeconfig-part.ts';
import { credentialsOf } from './user-credentials.ts';

/** Which configuration is to be read, and what of it. */
export interface KubeconfigChoice {
  /** A file; absent: those of `KUBECONFIG`, else `~/.kube/config`. */
  readonly path?: string;
  /** Absent: the current one. */
  readonly context?: string;
  /** Absent: that of the context, else `default`. */
  readonly namespace?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How the API server of a context is reached, as kubectl would. Throws Failure `usage` or `notFound`. */
export async function loadKubeconfig(choice: KubeconfigChoice = {}): Promise<ClusterAccess> {
  const { env = process.env } = choice;
  const files = await Promise.all(filesOf(choice, env).map((file) => readConfig(file)));
  const found = files.filter((file) => file !== undefined);
  if (found.length === 0)
    throw new Failure(
      'notFound',
      `there is no configuration of Kubernetes at ${filesOf(choice, env).join(', ')}`,
      {
        hint: 'set KUBECONFIG to the file that kubectl uses',
      },
    );
  const merged = new Kubeconfig(found);
  const context = merged.context(choice.context);
  const cluster = merged.part('clusters', textIn(context.fields, 'cluster') ?? '');
  const user = textIn(context.fields, 'user');
  const access = await accessOf(cluster);
  return {
    ...access,
    namespace: choice.namespace ?? textIn(context.fields, 'namespace') ?? 'default',
    credentials: await credentialsOf(
      user === undefined || user === '' ? { fields: {}, dir: '.' } : merged.part('users', user),
      { access, cluster, env },
    ),
  };
}

function filesOf(
  { path }: KubeconfigChoice,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (path !== undefined) return [path];
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return named.length > 0 ? named : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
}

async function readConfig(file: string): Promise<KubeconfigPart | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    const fields: unknown = parse(text);
    if (!isJsonObject(fields) && fields !== null) throw new Error('it is not a mapping');
    return { fields: fields ?? {}, dir: dirname(resolve(file)) };
  } catch (cause) {
    // As kubectl does: of several files some may be missing.
    if (isMissing(cause)) return undefined;
    // A YAML error quotes the line it is about, which may hold a token.
    const why = messageOf(cause).split('\n')[0] ?? '';
    throw new Failure('usage', `cannot read the configuration ${file}: ${why}`);
  }
}

/** Several files as one: of parts with the same name the first counts. */
class Kubeconfig {
  readonly #files: readonly KubeconfigPart[];

  constructor(files: readonly KubeconfigPart[]) {
    this.#files = files;
  }

  context(chosen: string | undefined): KubeconfigPart {
    const current = this.#files.map(({ fields }) => textIn(fields, 'current-context')).find((name) => name);
    const name = chosen ?? current;
    if (name === undefined)
      throw new Failure('usage', 'the configuration of Kubernetes names no current context', {
        hint: `choose one of its contexts: ${this.#names('contexts').join(', ')}`,
      });
    return this.part('contexts', name);
  }

  part(list: 'contexts' | 'clusters' | 'users', name: string): KubeconfigPart {
    const key = list.slice(0, -1);
    for (const { fields, dir } of this.#files) {
      const entry = objectsIn(fields, list).find((one) => one['name'] === name);
      if (entry !== undefined) return { fields: objectIn(entry, key), dir };
    }
    throw new Failure('notFound', `the configuration of Kubernetes has no ${key} "${name}"`, {
      hint: `it has these ${list}: ${this.#names(list).join(', ') || 'none'}`,
    });
  }

  #names(list: string): readonly string[] {
    return this.#files.flatMap(({ fields }) =>
      objectsIn(fields, list).map((one) => textIn(one, 'name') ?? '?'),
    );
  }
}

async function accessOf(cluster: KubeconfigPart): Promise<Omit<ClusterAccess, 'namespace' | 'credentials'>> {
  const { fields } = cluster;
  const server = serverOf(textIn(fields, 'server') ?? '');
  if (textIn(fields, 'proxy-url') !== undefined)
    throw new Failure(
      'notBuilt',
      'the configuration of Kubernetes has a proxy-url, and proxies are not built',
      {
        hint: 'reach the API server directly, or through a tunnel that listens on this machine',
      },
    );
  const ca = await pemOf(cluster, 'certificate-authority');
  const serverName = textIn(fields, 'tls-server-name');
  const insecure = fields['insecure-skip-tls-verify'] === true;
  if (insecure && ca !== undefined)
    throw new Failure('usage', 'the configuration both names an authority and skips its check', {
      hint: 'remove insecure-skip-tls-verify',
    });
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(insecure ? { insecure } : {}),
  };
}

/** Refuses what carries a password, which would be seen in messages. */
function serverOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isFine =
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.username === '' &&
    url.password === '';
  if (isFine) return text.replace(/\/$/, '');
  throw new Failure(
    'usage',
    'the server in the configuration of Kubernetes is not an address like https://host:6443',
  );
}
