import type { HistoryView } from '../../api/resources.ts';
import type { Outcome } from '../../rollout/model.ts';
import { formatDuration } from '../../base/duration.ts';
import type { Paint } from '../output/paint.ts';
import { outcomeWord } from '../output/words.ts';
import type { Seen } from './load.ts';
import type { ShopVersion } from './versions.ts';

/** What `demo --output json` ends with. */
export interface DemoResult {
  readonly releases: readonly DemoRelease[];
  /** Requests that failed for users who were not on a version that was rolled back. */
  readonly clientErrorsOnStable: number;
}

/** One release of the demo, counted by the clients. */
export interface DemoRelease {
  readonly revision: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly seconds: number;
  /** Requests that the candidate answered until the release ended. */
  readonly canaryRequests: number;
  /** Those among them that failed, or that a slower version answered. */
  readonly harmedRequests: number;
}

/** What the clients saw of one release. */
export interface Watched {
  readonly version: ShopVersion;
  readonly history: HistoryView;
  readonly canary: Seen;
}

/** The numbers of the demo. */
export function resultOf(watched: readonly Watched[], seen: ReadonlyMap<string, Seen>): DemoResult {
  const rejected = watched
    .filter(({ history }) => history.outcome !== 'promoted')
    .map(({ version }) => version.name);
  const stable = [...seen].filter(([version]) => !rejected.includes(version));
  return {
    releases: watched.map(releaseOf),
    clientErrorsOnStable: stable.reduce((sum, [, one]) => sum + one.errors, 0),
  };
}

function releaseOf({ version, history, canary }: Watched): DemoRelease {
  // A promoted version goes on serving: up to the promotion, the gateway's count is the exact one.
  const canaryRequests = history.outcome === 'promoted' ? history.served.requests : canary.requests;
  return {
    revision: history.to,
    outcome: history.outcome,
    reason: history.reason,
    seconds: Math.round((history.endedAt - history.startedAt) / 100) / 10,
    canaryRequests,
    harmedRequests: version.slowness > 1 ? canaryRequests : canary.errors,
  };
}

/** The same for people. */
export function summaryLines(
  result: DemoResult,
  watched: readonly Watched[],
  { seen, paint }: { readonly seen: ReadonlyMap<string, Seen>; readonly paint: Paint },
): readonly string[] {
  const served = [...seen].map(
    ([version, { requests, errors }]) => `${version}: ${requests} requests, ${errors} failed`,
  );
  return [
    paint.bold('What happened'),
    ...result.releases.flatMap((release, index) => {
      const { name, story } = watched[index]?.version ?? { name: release.revision, story: '' };
      return [
        '',
        `${paint.bold(name)} (${story}) ${endWords(release, paint)}`,
        `  why       ${release.reason}`,
        `  requests  ${release.canaryRequests}, ${release.harmedRequests} of them harmed`,
      ];
    }),
    '',
    `served      ${served.join('; ')}`,
    `            ${result.clientErrorsOnStable} requests failed for users of the versions that stayed`,
  ];
}

/** What is completed has found its answer: nothing was wrong with it that had to be taken back. */
function endWords({ outcome, seconds }: DemoRelease, paint: Paint): string {
  const after = `after ${formatDuration(seconds * 1_000)}`;
  return outcome === 'completed'
    ? `was not promoted: its experiment is ${outcomeWord(outcome, paint)} ${after}, and what ran before stays`
    : `was ${outcomeWord(outcome, paint)} ${after}`;
}
