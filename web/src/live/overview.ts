import type { RolloutView } from '../../../src/client/index.ts';

type Phase = RolloutView['phase'];

/** What needs a person comes first. */
export const PHASES: readonly Phase[] = [
  'Waiting',
  'Degraded',
  'RollingBack',
  'Paused',
  'Progressing',
  'Promoting',
  'Pending',
  'Healthy',
];

/** Which Rollouts are looked for; an empty text lets all through. */
export interface Search {
  readonly text: string;
  readonly phase: Phase | '';
  readonly namespace: string;
  readonly cluster: string;
}

/** Everything. */
export const EVERYTHING: Search = { text: '', phase: '', namespace: '', cluster: '' };

/** Those that fit, the most urgent first, and by name where two are as urgent. Pure. */
export function found(all: Iterable<RolloutView>, search: Search): readonly RolloutView[] {
  const words = search.text.toLowerCase().split(/\s+/).filter(Boolean);
  return [...all].filter((view) => fits(view, search, words)).sort(byUrgency);
}

/** How many are in each phase, the most urgent first; those of none are left out. Pure. */
export function phaseCounts(all: Iterable<RolloutView>): readonly (readonly [Phase, number])[] {
  const counts = new Map<Phase, number>();
  for (const { phase } of all) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  return PHASES.flatMap((phase) => {
    const count = counts.get(phase);
    return count === undefined ? [] : [[phase, count] as const];
  });
}

/** The namespace that a Rollout is in; empty where there are none. */
export function namespaceOf({ document: { metadata } }: Pick<RolloutView, 'document'>): string {
  const isNamed = typeof metadata === 'object' && metadata !== null && 'namespace' in metadata;
  return isNamed && typeof metadata.namespace === 'string' ? metadata.namespace : '';
}

/** Every namespace there is, sorted. Pure. */
export function namespacesOf(all: Iterable<RolloutView>): readonly string[] {
  return [...new Set([...all].map(namespaceOf))].filter((name) => name !== '').sort();
}

/** Every cluster that Rollouts are of, sorted. Pure. */
export function clustersOf(all: Iterable<RolloutView>): readonly string[] {
  return [...new Set([...all].flatMap(({ cluster }) => cluster ?? []))].sort();
}

function fits(view: RolloutView, search: Search, words: readonly string[]): boolean {
  const { phase, namespace, cluster } = search;
  if (phase !== '' && view.phase !== phase) return false;
  if (namespace !== '' && namespaceOf(view) !== namespace) return false;
  if (cluster !== '' && view.cluster !== cluster) return false;
  const said =
    `${view.name} ${view.namespace ?? ''} ${view.group?.name ?? ''} ${view.strategy} ${view.message}`.toLowerCase();
  return words.every((word) => said.includes(word));
}

function byUrgency(a: RolloutView, b: RolloutView): number {
  const difference = PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase);
  if (difference !== 0) return difference;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return namespaceOf(a) < namespaceOf(b) ? -1 : 1;
}
