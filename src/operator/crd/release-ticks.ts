import { Type, type Static } from 'typebox';
import { closed, count, list, text } from '../../rollout/schema/fields.ts';

/** `spec` of ReleaseTicks: the evidence of a release, tick by tick. For coalmine alone. */
export const releaseTicksSpec = closed('The evidence of a release, tick by tick; for coalmine alone.', {
  rollout: text('Name of the Rollout.'),
  number: count('Number of the release.'),
  every: count(
    'So many ticks as they were counted are told as one, since a release that is long is told shortly.',
  ),
  parts: list(Type.String(), 'Ticks in the order in which they were counted, as JSON, some in each text.', {
    minItems: 0,
  }),
});

/** The spec of ReleaseTicks, as it is kept. */
export type ReleaseTicksSpec = Static<typeof releaseTicksSpec>;
