import { formatDuration } from '../../base/duration.ts';
import { distributionsOf, type Distribution } from '../../simulate/distribution.ts';
import type { SimulationResult } from '../../simulate/result.ts';
import type { Trial } from '../../simulate/two-versions.ts';
import type { Paint } from './paint.ts';
import { releaseLines, releaseTable } from './simulation-releases.ts';
import { distributionTable } from './simulation-runs.ts';
import { timelineLines } from './simulation-timeline.ts';

/** A trial, and how each of its runs went. */
export interface Tried {
  readonly trial: Trial;
  readonly results: readonly SimulationResult[];
}

/** A trial for programs. */
export interface TriedAnswer {
  readonly name: string;
  readonly notes: readonly string[];
  /** Over all runs, by version. */
  readonly distributions: readonly Distribution[];
  readonly runs: readonly SimulationResult[];
}

/** More releases than these are shown together. */
const MOST_RELEASES = 40;

/** Everything, for programs. */
export function simulationAnswer(tried: readonly Tried[]): readonly TriedAnswer[] {
  return tried.map(({ trial, results }) => ({
    name: trial.name,
    notes: trial.scenario.notes,
    distributions: distributionsOf(results, 'rollout'),
    runs: results,
  }));
}

/** What happened and what came of it, for people. */
export function simulationLines(tried: readonly Tried[], paint: Paint): readonly string[] {
  const notes = new Set(tried.flatMap(({ trial }) => trial.scenario.notes));
  return [
    ...tried.flatMap((one, index) => [...(index === 0 ? [] : ['']), ...triedLines(one, paint)]),
    ...[...notes].map((note) => `note: ${note}`),
  ];
}

function triedLines({ trial, results }: Tried, paint: Paint): readonly string[] {
  const [only] = results;
  const header = `${paint.bold(trial.name)}  ${runWords(results)}`;
  if (only === undefined || results.length > 1) {
    return [header, ...distributionTable(distributionsOf(results, 'rollout'), paint)];
  }
  const releases = only.rollouts.flatMap((rollout) => rollout.releases);
  if (releases.length === 0) return [header, ...timelineLines(only, paint), 'nothing was released'];
  if (only.timeline.length > 0) {
    return [header, ...timelineLines(only, paint), '', ...releaseLines(only, paint)];
  }
  return releases.length <= MOST_RELEASES
    ? [header, ...releaseTable(only, paint)]
    : [header, ...distributionTable(distributionsOf(results, 'version'), paint)];
}

function runWords(results: readonly SimulationResult[]): string {
  const [first] = results;
  const last = results.at(-1);
  if (first === undefined || last === undefined) return '';
  if (results.length > 1) return `${results.length} runs, seeds ${first.seed} to ${last.seed}`;
  const { seed, startsAt, endedAtMs, looks } = first;
  const from = startsAt === undefined ? '' : `, from ${new Date(startsAt).toUTCString()}`;
  return `seed ${seed}${from}, ${formatDuration(endedAtMs)} in ${looks.toLocaleString('en')} looks`;
}
