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
  /** True: nothing of it is built, `when` only lets an empty value pass. */
  readonly whole?: boolean;
}

const WORKLOADS = 'this version runs process';
const TRAFFIC = 'this version serves through gateway';
const STRATEGIES = 'this version runs recreate and canary';
const METRICS = 'this version measures errors and latency through its gateway';
const JUDGES = 'this version judges by worseBy (with safe) and by max and min';
const STEPS = 'this version knows the steps weight, replicas, pause and analyze';

const isTrue = (value: unknown): boolean => value === true;
const isFilled = (value: unknown): boolean => !Array.isArray(value) || value.length > 0;
const isNot =
  (word: string) =>
  (value: unknown): boolean =>
    value !== word;

function each(prefix: string, keys: readonly string[], now: string): readonly Unbuilt[] {
  return keys.map((key) => ({ path: `${prefix}.${key}`, now }));
}

/** All of it. A row leaves when what it names is built. */
export const UNBUILT: readonly Unbuilt[] = [
  ...each(
    'spec.workload',
    ['container', 'deployment', 'statefulSet', 'daemonSet', 'service', 'lambda', 'appService', 'flag'],
    WORKLOADS,
  ),
  { path: 'spec.workload.process.from', now: 'this version takes a directory or a tar', when: isGitRef },
  ...each(
    'spec.traffic',
    [
      'service',
      'nginxIngress',
      'istio',
      'gatewayAPI',
      'smi',
      'linkerd',
      'envoy',
      'haproxy',
      'nginx',
      'traefik',
    ],
    TRAFFIC,
  ),
  { path: 'spec.traffic.gateway.tls', now: 'this version serves HTTP; put a TLS proxy before it' },
  { path: 'spec.traffic.gateway.retries', now: 'this version sends each request once' },
  { path: 'spec.traffic.gateway.routes', now: 'this version serves one host and path per Rollout' },
  ...each('spec.strategy', ['ramped', 'blueGreen', 'ab', 'shadow'], STRATEGIES),
  { path: 'spec.strategy.canary.baseline', now: 'this version compares with stable', when: isTrue },
  { path: 'spec.strategy.canary.replicas', now: 'write steps of replicas and pause instead' },
  ...each('spec.strategy.canary.steps.*', ['match', 'mirror', 'gate', 'hook'], STEPS),
  { path: 'spec.analysis.compareTo', now: 'this version compares with stable', when: isNot('stable') },
  { path: 'spec.analysis.standingAA', now: 'this version judges releases only', when: isTrue },
  { path: 'spec.analysis.templates', now: 'write the checks out', when: isFilled, whole: true },
  { path: 'spec.analysis.score', now: JUDGES },
  ...each('spec.analysis.checks.*', ['ratio', 'rate', 'value', 'usage'], METRICS),
  ...each('spec.analysis.checks.*', ['slo', 'condition'], JUDGES),
  { path: 'spec.analysis.checks.*.worse', now: 'in this version higher is worse', when: isNot('higher') },
  { path: 'spec.analysis.checks.*.critical', now: 'in this version every check counts', when: isTrue },
  { path: 'spec.gates', now: 'a pause step waits for a person', when: isFilled, whole: true },
  { path: 'spec.hooks', now: 'run it before or after the release', when: isFilled, whole: true },
  { path: 'spec.sources', now: METRICS, when: isFilled, whole: true },
  {
    path: 'spec.notify',
    now: 'the command `coalmine events` tells what happened',
    when: isFilled,
    whole: true,
  },
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
