import { isJsonObject } from '../base/json.ts';
import type { Finding } from './finding.ts';

/** What is put together to run Rollouts: on one machine, or in a Kubernetes cluster. */
export type Composition = keyof typeof COMPOSITIONS;

/** What each can run and how it can be reached there, by the keys of the written form. */
export const COMPOSITIONS = {
  embedded: {
    command: 'coalmine up',
    place: 'on one machine',
    workload: ['process', 'container'],
    traffic: ['gateway'],
  },
  operator: {
    command: 'coalmine operator',
    place: 'in a cluster',
    workload: ['deployment'],
    traffic: ['service', 'gatewayAPI', 'istio', 'nginxIngress'],
  },
} as const satisfies Readonly<Record<string, Means>>;

interface Means {
  readonly command: string;
  readonly place: string;
  readonly workload: readonly string[];
  readonly traffic: readonly string[];
}

type Section = 'workload' | 'traffic';

/**
 * What of a document the composition that is to run it does not know; without one, what no composition knows together.
 * What none of them has is for `unbuiltFindings` to tell.
 */
export function compositionFindings(document: unknown, where?: Composition): readonly Finding[] {
  const spec = isJsonObject(document) ? document['spec'] : undefined;
  if (!isJsonObject(spec)) return [];
  const home = where ?? homeOf('workload', keyIn(spec['workload']));
  if (home === undefined) return [];
  return (['workload', 'traffic'] as const).flatMap((section) => {
    const key = keyIn(spec[section]);
    const elsewhere = homeOf(section, key);
    if (key === undefined || elsewhere === undefined || elsewhere === home) return [];
    return [misplaced({ section, key }, home, elsewhere)];
  });
}

interface Chosen {
  readonly section: Section;
  readonly key: string;
}

function misplaced({ section, key }: Chosen, home: Composition, elsewhere: Composition): Finding {
  const here: Means = COMPOSITIONS[home];
  const there: Means = COMPOSITIONS[elsewhere];
  const verb = section === 'workload' ? 'runs' : 'serves through';
  return {
    path: `spec.${section}.${key}`,
    reason: `${section}.${key} is for \`${there.command}\`, ${there.place}`,
    hint: `\`${here.command}\`, ${here.place}, ${verb} ${here[section].join(', ')}`,
    atKey: true,
  };
}

/** The one key of a choice; more than one are refused elsewhere. */
function keyIn(choice: unknown): string | undefined {
  return isJsonObject(choice) ? Object.keys(choice)[0] : undefined;
}

const ALL: readonly Composition[] = ['embedded', 'operator'];

function homeOf(section: Section, key: string | undefined): Composition | undefined {
  return ALL.find((one) => {
    const known: readonly string[] = COMPOSITIONS[one][section];
    return key !== undefined && known.includes(key);
  });
}
