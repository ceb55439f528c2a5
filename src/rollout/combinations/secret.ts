import { isJsonObject } from '../../base/json.ts';
import type { Report } from '../finding.ts';
import { NOTIFY_SECRETS } from '../notify-secrets.ts';
import { itemPath } from '../path.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenSource = NonNullable<NonNullable<RolloutSpec['sources']>[number]['prometheus']>;
type WrittenWebhook = NonNullable<NonNullable<RolloutSpec['hooks']>[number]['webhook']>;
/** Something that is asked with secrets. */
type Asked = Pick<WrittenSource, 'auth' | 'tls'> & Pick<WrittenWebhook, 'sign'>;

/** Secrets, by where they are written. */
type Places = readonly (readonly [
  where: string,
  place: { readonly env?: unknown; readonly file?: unknown; readonly secret?: unknown },
])[];

const IN_CLUSTERS = 'Secrets of Kubernetes are read in a cluster only';

/** What is read where coalmine runs, and would be somebody else's to whoever writes a Rollout in a cluster. */
const OF_THE_MACHINE = {
  keys: ['env', 'file'],
  files: ['ca', 'cert', 'key'],
  reason: "is read where the operator runs, whose secrets are not the Rollout's",
} as const;

/** Reports secrets that are kept where they cannot be read, or must not be. */
export function secretFindings(spec: Partial<RolloutSpec>, report: Report): void {
  const { workload, sources = [], gates = [], hooks = [], notify = [] } = spec;
  const refuse = workload?.deployment === undefined ? refuseSecrets : refuseFiles;
  sources.forEach(({ prometheus }, i) => {
    if (prometheus !== undefined) refuse(prometheus, `${itemPath('spec.sources', i)}.prometheus`, report);
  });
  for (const [list, where] of [
    [gates, 'spec.gates'],
    [hooks, 'spec.hooks'],
  ] as const) {
    list.forEach(({ webhook }, i) => {
      if (webhook !== undefined) refuse(webhook, `${itemPath(where, i)}.webhook`, report);
    });
  }
  const refuseIn = workload?.deployment === undefined ? refuseSecretsIn : refuseFilesIn;
  notify.forEach((listener, i) => {
    refuseIn(placesBelow(listener), itemPath('spec.notify', i), report);
  });
}

function refuseSecrets(asked: Asked, path: string, report: Report): void {
  refuseSecretsIn(placesIn(asked), path, report);
  if (asked.tls?.secret !== undefined) report(`${path}.tls.secret`, IN_CLUSTERS, 'write ca, cert and key');
}

function refuseSecretsIn(places: Places, path: string, report: Report): void {
  for (const [where, place] of places) {
    if (place.secret !== undefined) report(`${path}.${where}.secret`, IN_CLUSTERS, 'write env or file');
  }
}

function refuseFiles(asked: Asked, path: string, report: Report): void {
  const { files, reason } = OF_THE_MACHINE;
  refuseFilesIn(placesIn(asked), path, report);
  const file = files.find((one) => asked.tls?.[one] !== undefined);
  if (file !== undefined) report(`${path}.tls.${file}`, reason, 'write secret: NAME, with ca.crt in it');
}

function refuseFilesIn(places: Places, path: string, report: Report): void {
  const { keys, reason } = OF_THE_MACHINE;
  for (const [where, place] of places) {
    const key = keys.find((one) => place[one] !== undefined);
    if (key === undefined) continue;
    report(`${path}.${where}.${key}`, reason, 'write secret: NAME/KEY, of a Secret in its namespace');
  }
}

function placesIn({ auth, sign }: Pick<Asked, 'auth' | 'sign'>): Places {
  const password = auth?.basic?.password;
  return [
    ...(auth?.bearer === undefined ? [] : [['auth.bearer', auth.bearer] as const]),
    ...(password === undefined ? [] : [['auth.basic.password', password] as const]),
    ...(sign === undefined ? [] : [['sign.secret', sign.secret] as const]),
  ];
}

/** The secrets of a listener, by where they are written. */
function placesBelow(listener: object): Places {
  return NOTIFY_SECRETS.flatMap((path) => {
    const place = path.reduce<unknown>((at, key) => (isJsonObject(at) ? at[key] : undefined), listener);
    return isJsonObject(place) ? [[path.join('.'), place] as const] : [];
  });
}
