import { isJsonObject } from '../base/json.ts';
import type { Finding } from './finding.ts';
import { itemPath, keyPath } from './path.ts';

/** Something the written form has and this version does not do. */
export interface Unbuilt {
  /** Where it is written; `*` stands for every item of a list. */
  readonly path: string;
  /** What this version does instead. */
  readonly now: string;
  /** Only such values; without it, any. */
  readonly when?: (value: unknown) => boolean;
}

const WORKLOADS = 'this version runs process, container and deployment';
const TRAFFIC = 'this version serves through gateway, service, gatewayAPI, istio and nginxIngress';

function each(prefix: string, keys: readonly string[], now: string): readonly Unbuilt[] {
  return keys.map((key) => ({ path: `${prefix}.${key}`, now }));
}

/** All of it. A row leaves when what it names is built. */
export const UNBUILT: readonly Unbuilt[] = [
  ...each(
    'spec.workload',
    ['statefulSet', 'daemonSet', 'service', 'lambda', 'appService', 'flag'],
    WORKLOADS,
  ),
  { path: 'spec.workload.process.from', now: 'this version takes a directory or a tar', when: isGitRef },
  ...each('spec.traffic', ['smi', 'linkerd', 'envoy', 'haproxy', 'nginx', 'traefik'], TRAFFIC),
];

/** Everything in `document` that is not built yet, each by its name. */
export function unbuiltFindings(document: unknown): readonly Finding[] {
  return UNBUILT.flatMap((row) => occurrences(row.path.split('.'), document).flatMap(findingFor(row)));
}

function findingFor(row: Unbuilt) {
  return ({ path, value }: Occurrence): readonly Finding[] => {
    if (row.when !== undefined && !row.when(value)) return [];
    const name = path.replace(/^spec\./, '');
    return [{ path, reason: `${name} is not built yet; ${row.now}`, notBuilt: true, atKey: true }];
  };
}

interface Occurrence {
  readonly path: string;
  readonly value: unknown;
}

function occurrences(keys: readonly string[], document: unknown): readonly Occurrence[] {
  let found: readonly Occurrence[] = [{ path: '', value: document }];
  for (const key of keys) found = found.flatMap((one) => below(one, key));
  return found;
}

function below({ path, value }: Occurrence, key: string): readonly Occurrence[] {
  if (key === '*') {
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    return items.map((item, i) => ({ path: itemPath(path, i), value: item }));
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, key) || value[key] === undefined) return [];
  return [{ path: keyPath(path, key), value: value[key] }];
}

function isGitRef(value: unknown): boolean {
  return typeof value === 'string' && /^(git[:+@]|(ssh|https?):\/\/)/.test(value);
}
