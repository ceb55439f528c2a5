import { formatDuration } from '../../base/duration.ts';
import type { SimulatedRelease, SimulatedRollout, SimulationResult } from '../../simulate/result.ts';
import { harmedOf, type Tally } from '../../simulate/tally.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { outcomeWord } from './words.ts';

/** Each release in a few lines: its outcome, why, and how users fared. */
export function releaseLines({ rollouts }: SimulationResult, paint: Paint): readonly string[] {
  return rollouts.flatMap((rollout) => [
    ...rollout.releases.flatMap((release) => linesOf(rollout, release, paint)),
    ...afterwards(rollout),
  ]);
}

function linesOf({ name }: SimulatedRollout, release: SimulatedRelease, paint: Paint): readonly string[] {
  const { number, to, tried, tookMs, reason, all, candidate, unanswered } = release;
  const lost = unanswered === 0 ? '' : `; ${amount(unanswered)} reached nobody`;
  return [
    `${paint.bold(name)}: release ${number} of ${to} ${endWord(release, paint)} after ${formatDuration(tookMs)}`,
    `  ${reason}`,
    `  ${amount(candidate.requests)} of ${amount(all.requests)} requests went to ${tried.join(' and ')}: ${harmWords(candidate)}${lost}`,
  ];
}

/** Versions that went on harming users after they had been promoted. */
function afterwards({ releases, versions }: SimulatedRollout): readonly string[] {
  const promoted = new Set(releases.filter(({ outcome }) => outcome === 'promoted').map(({ to }) => to));
  return [...promoted].flatMap((name) => {
    const tally = versions[name];
    if (tally === undefined || harmedOf(tally) === 0) return [];
    return [`  until the end ${amount(tally.requests)} requests went to ${name}: ${harmWords(tally)}`];
  });
}

/** Releases, one a line. */
export function releaseTable({ rollouts }: SimulationResult, paint: Paint): readonly string[] {
  const columns = [
    { title: 'ROLLOUT' },
    { title: 'RELEASE', right: true },
    { title: 'TO' },
    { title: 'OUTCOME' },
    { title: 'TOOK', right: true },
    { title: 'REQUESTS', right: true },
    { title: 'HARMED', right: true },
    { title: 'REASON' },
  ];
  const rows = rollouts.flatMap(({ name, releases }) =>
    releases.map((release) => [
      name,
      String(release.number),
      release.to,
      endWord(release, paint),
      formatDuration(release.tookMs),
      amount(release.candidate.requests),
      amount(harmedOf(release.candidate)),
      release.reason,
    ]),
  );
  return table(columns, rows);
}

function endWord({ outcome }: SimulatedRelease, paint: Paint): string {
  return outcome === 'unfinished' ? paint.yellow('not finished') : outcomeWord(outcome, paint);
}

function harmWords(tally: Tally): string {
  const harmed = harmedOf(tally);
  if (harmed === 0) return 'nobody harmed';
  return `${amount(harmed)} harmed (${amount(tally.harmedByErrors)} failed, ${amount(tally.slowed)} slower)`;
}

function amount(count: number): string {
  return count.toLocaleString('en');
}
