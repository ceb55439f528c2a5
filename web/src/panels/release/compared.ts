import type { RevisionView } from '../../../../src/api/revision-views.ts';
import type { RolloutView } from '../../../../src/client/index.ts';

/**
 * Which two versions somebody wants to see the difference of: of a running release both of its own, else what is wanted
 * beside what is stable, else what is stable beside the newest other one. Undefined where there is one alone.
 */
export function comparedFirst(
  { stable, wanted, release }: Pick<RolloutView, 'stable' | 'wanted' | 'release'>,
  revisions: readonly Pick<RevisionView, 'id'>[],
): readonly [before: string, after: string] | undefined {
  const after = release?.to ?? wanted ?? stable;
  const trusted = release?.from ?? stable;
  const before = trusted === after ? revisions.find(({ id }) => id !== after)?.id : trusted;
  const isKnown = (id: string | undefined): id is string => revisions.some((one) => one.id === id);
  return isKnown(before) && isKnown(after) ? [before, after] : undefined;
}
