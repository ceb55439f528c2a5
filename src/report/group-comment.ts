import { formatDuration } from '../base/duration.ts';
import { whole } from '../analysis/words.ts';
import { cells, plain } from './markdown.ts';
import type { Report } from './report.ts';
import { outcomeOf } from './words.ts';

/** A release of a member of a group, and the file that its page is in. */
export interface MemberStory {
  readonly rollout: string;
  /** Absent: it was not released. */
  readonly told?: { readonly report: Pick<Report, 'recording' | 'summary'>; readonly page: string };
}

/** What became of a group that was released as one, in a few lines of Markdown: a row for each release, in their order. */
export function groupComment(group: string, stories: readonly MemberStory[]): string {
  const lines = [
    `### ${plain(group)}, released as one`,
    '',
    '| Rollout | release | outcome | took | requests | failed | report |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...stories.map(rowOf),
  ];
  return `${lines.join('\n')}\n`;
}

function rowOf({ rollout, told }: MemberStory): string {
  if (told === undefined) return cells([plain(rollout), '–', 'not released', '–', '–', '–', '–']);
  const { recording, summary } = told.report;
  const { requests, errors } = summary.served?.candidate ??
    recording.kept?.served ?? { requests: 0, errors: 0 };
  return cells([
    plain(rollout),
    String(recording.release.number),
    outcomeOf(recording.release),
    summary.tookMs === undefined ? '–' : formatDuration(summary.tookMs),
    whole(requests),
    whole(errors),
    `[page](${told.page})`,
  ]);
}
