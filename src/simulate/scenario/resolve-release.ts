import type { Variants } from '../../engine/wanted.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import { field, item, tell, type Place } from '../../rollout/place.ts';
import { trackOfVariant } from '../../strategy/capacity.ts';
import type { WrittenHappening } from './resolve-happenings.ts';
import { tellUnknown } from './resolve-circumstances.ts';

/** What is released: one version, or one for each variant of an experiment. */
export interface Release {
  readonly kind: 'release';
  readonly version: RevisionId;
  readonly variants?: Variants;
}

/** The release that a happening is; undefined when it is none. */
export function releaseOf({ release, experiment }: WrittenHappening): Release | undefined {
  if (release !== undefined) return { kind: 'release', version: release as RevisionId };
  const [first] = experiment ?? [];
  if (experiment === undefined || first === undefined) return undefined;
  const version = first.version as RevisionId;
  if (experiment.length === 1) return { kind: 'release', version };
  const variants = experiment.map((one) => [trackOfVariant(one.name), one.version as RevisionId] as const);
  return { kind: 'release', version, variants: Object.fromEntries(variants) };
}

/** Tells of variants that the Rollouts do not have, and of those that have no version. */
export function tellRelease(
  { release, experiment }: WrittenHappening,
  place: Place,
  rollouts: readonly Rollout[],
): void {
  if (release !== undefined) tellOnlyOne(release, field(place, 'release'), rollouts);
  if (experiment !== undefined) tellVariants(experiment, field(place, 'experiment'), rollouts);
}

function tellOnlyOne(release: string, place: Place, rollouts: readonly Rollout[]): void {
  const many = rollouts.find((one) => challengersOf(one).length > 1);
  if (many === undefined) return;
  const names = challengersOf(many);
  const each = names.map((name) => `{ name: ${name}, version: … }`).join(', ');
  tell(
    place,
    `${many.name} compares several variants, and ${release} is one version`,
    `experiment: [${each}]`,
  );
}

function tellVariants(
  experiment: NonNullable<WrittenHappening['experiment']>,
  place: Place,
  rollouts: readonly Rollout[],
): void {
  for (const rollout of rollouts) {
    const known = challengersOf(rollout);
    if (known.length === 0) {
      tell(place, `${rollout.name} compares no variants`, 'release: with the name of a version');
      continue;
    }
    experiment.forEach(({ name }, i) => {
      tellUnknown(name, known, { what: `variant of ${rollout.name}`, place: field(item(place, i), 'name') });
    });
    const left = known.filter((name) => !experiment.some((one) => one.name === name));
    if (left.length > 0) tell(place, `says nothing of ${left.join(', ')}`, 'name a version for each variant');
  }
  const versions = experiment.map(({ version }) => version);
  const twice = versions.findIndex((version, i) => versions.indexOf(version) < i);
  if (twice < 0) return;
  const at = field(item(place, twice), 'version');
  tell(at, `another variant runs ${versions[twice] ?? ''}`, 'give each variant a version of its own');
}

/** The variants that are compared with what runs today; none where nothing is. */
function challengersOf({ strategy }: Rollout): readonly string[] {
  return 'challengers' in strategy ? strategy.challengers.map(({ name }) => name) : [];
}
