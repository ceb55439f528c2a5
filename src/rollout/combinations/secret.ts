import type { Report } from '../finding.ts';
import { itemPath } from '../path.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenSource = NonNullable<NonNullable<RolloutSpec['sources']>[number]['prometheus']>;
type WrittenWebhook = NonNullable<NonNullable<RolloutSpec['hooks']>[number]['webhook']>;
/** Something that is asked with secrets. */
type Asked = Pick<WrittenSource, 'auth' | 'tls'> & Pick<WrittenWebhook, 'sign'>;

/** What is read where coalmine runs, and would be somebody else's to whoever writes a Rollout in a cluster. */
const OF_THE_MACHINE = {
  keys: ['env', 'file'],
  files: ['ca', 'cert', 'key'],
  reason: "is read where the operator runs, whose secrets are not the Rollout's",
} as const;

/** Reports secrets that are kept where they cannot be read, or must not be. */
export function secretFindings(spec: Partial<RolloutSpec>, report: Report): void {
  const { workload, sources = [], gates = [], hooks = [] } = spec;
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
}

function refuseSecrets(asked: Asked, path: string, report: Report): void {
  const reason = 'Secrets of Kubernetes are read in a cluster only';
  for (const [where, place] of placesIn(asked)) {
    if (place.secret !== undefined) report(`${path}.${where}.secret`, reason, 'write env or file');
  }
  if (asked.tls?.secret !== undefined) report(`${path}.tls.secret`, reason, 'write ca, cert and key');
}

function refuseFiles(asked: Asked, path: string, report: Report): void {
  const { keys, files, reason } = OF_THE_MACHINE;
  for (const [where, place] of placesIn(asked)) {
    const key = keys.find((one) => place[one] !== undefined);
    if (key === undefined) continue;
    report(`${path}.${where}.${key}`, reason, 'write secret: NAME/KEY, of a Secret in its namespace');
  }
  const file = files.find((one) => asked.tls?.[one] !== undefined);
  if (file !== undefined) report(`${path}.tls.${file}`, reason, 'write secret: NAME, with ca.crt in it');
}

function placesIn({ auth, sign }: Pick<Asked, 'auth' | 'sign'>) {
  const password = auth?.basic?.password;
  return [
    ...(auth?.bearer === undefined ? [] : [['auth.bearer', auth.bearer] as const]),
    ...(password === undefined ? [] : [['auth.basic.password', password] as const]),
    ...(sign === undefined ? [] : [['sign.secret', sign.secret] as const]),
  ];
}
