import { isSameJson } from '../base/same-json.ts';
import type { RevisionId } from '../rollout/model.ts';
import { trackOfVariant, variantsIn } from '../strategy/capacity.ts';
import { stepOf } from './look.ts';
import type { ReleaseState } from './status.ts';
import type { Wanted } from './wanted.ts';

/** The revisions that are tried at the step at hand: one, or those of the variants. */
export function candidatesOf(release: ReleaseState): readonly RevisionId[] {
  const { variants, to } = release;
  const tried =
    variants === undefined ? [] : variantsIn(stepOf(release)).map((track) => variants[track] ?? to);
  return tried.length === 0 ? [to] : tried;
}

/** True for a release of what is wanted, also once one of its variants has won. */
export function isReleaseOf(
  { to, variants }: ReleaseState,
  wanted: Pick<Wanted, 'revision' | 'variants'>,
): boolean {
  if (variants === undefined) return to === wanted.revision;
  return isSameJson(variants, wanted.variants);
}

/**
 * The release at the end of its experiment, by evidence or by a user's word: from here on the variant that leads is its
 * candidate, and the others are none.
 */
export function withWinner(release: ReleaseState): ReleaseState {
  const { variants, experiment } = release;
  const leader = experiment?.judgement.leader;
  if (variants === undefined || leader === undefined || stepOf(release).wait.kind !== 'experiment')
    return release;
  return { ...release, to: variants[trackOfVariant(leader)] ?? release.to };
}
