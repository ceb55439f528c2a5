import { LABELS } from '../../kube/names.ts';
import type { Side } from '../cluster/division.ts';
import { EVERY_VERSION, type PodHash } from '../cluster/steering.ts';
import type { DestinationRule, Subset } from './objects.ts';

/** The DestinationRule with a subset for each side; what else is said of a subset, and other subsets, stay. */
export function withSubsets(current: DestinationRule, hashes: ReadonlyMap<Side, PodHash>): DestinationRule {
  const subsets = [...(current.spec.subsets ?? [])];
  for (const [side, hash] of hashes) {
    const at = subsets.findIndex(({ name }) => name === side);
    const subset = labelled(subsets[at] ?? { name: side }, hash);
    if (at < 0) subsets.push(subset);
    else subsets[at] = subset;
  }
  return { ...current, spec: { ...current.spec, subsets } };
}

/** The DestinationRule without our label, and without subsets that said nothing else. */
export function withoutSubsets(current: DestinationRule, sides: readonly Side[]): DestinationRule {
  const { subsets = [], ...spec } = current.spec;
  const left = subsets.flatMap((subset) => {
    if (!sides.some((side) => side === subset.name)) return [subset];
    const plain = labelled(subset, EVERY_VERSION);
    return Object.keys(plain).length === 1 ? [] : [plain];
  });
  return { ...current, spec: { ...spec, ...(left.length === 0 ? {} : { subsets: left }) } };
}

function labelled({ labels = {}, ...subset }: Subset, hash: PodHash): Subset {
  const { [LABELS.podHash]: _, ...own } = labels;
  const all = hash === EVERY_VERSION ? own : { ...own, [LABELS.podHash]: hash };
  return Object.keys(all).length === 0 ? subset : { ...subset, labels: all };
}
