import { createHash } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import type { ObjectKey } from '../kube/object.ts';
import type { KeptApart } from '../metrics/source-pool.ts';
import { usable } from '../system/secret.ts';
import type { Config } from '../workloads/deployment/objects.ts';

/** Reads a Secret as it is now; undefined: there is none. */
export type ReadSecret = (key: ObjectKey) => Promise<Config | undefined>;

/** Secrets of one namespace, and no others: whoever writes a Rollout there may read them anyway. */
export function clusterSecrets(namespace: string, read: ReadSecret): KeptApart {
  const contents = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const secret = await read({ namespace, name });
    if (secret !== undefined) return secret.data ?? {};
    throw new Failure('notFound', `there is no Secret ${name} in the namespace ${namespace}`, {
      hint: 'Create it, or correct its name in the Rollout.',
    });
  };
  return {
    secretAt: (place) => {
      if (!('secret' in place))
        throw new Failure('bug', 'a secret of the machine was asked for in a cluster');
      const { name, key } = place.secret;
      const where = `the key ${key} of the Secret ${name}`;
      return { place: where, read: async () => usable(textOf((await contents(name))[key]), where) };
    },
    certificatesIn: (name) => async () => {
      const data = await contents(name);
      const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((one) => textOf(data[one]));
      return {
        version: createHash('sha256').update([ca, cert, key].join('\0')).digest('hex'),
        ...(ca === '' ? {} : { ca }),
        ...(cert === '' ? {} : { cert }),
        ...(key === '' ? {} : { key }),
      } as const;
    },
  };
}

function textOf(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}
