import type { HistoryView, ReleaseView, RolloutView } from '../../../../src/client/index.ts';

/** A release as panels show it: one that runs, or one that has ended. */
export type ShownRelease = Shared & {
  /** How it ended; absent while it runs. */
  readonly end?: Pick<HistoryView, 'outcome' | 'reason' | 'endedAt'>;
};

/** What both have. */
type Shared = Pick<ReleaseView & HistoryView, keyof ReleaseView & keyof HistoryView>;

/** The release that was chosen; else the one that runs, else the newest. Undefined where there is none. */
export function shownRelease(
  { release }: Pick<RolloutView, 'release'>,
  history: readonly HistoryView[],
  chosen: number | undefined,
): ShownRelease | undefined {
  if (release !== undefined && (chosen === undefined || chosen === release.number)) return release;
  const ended = chosen === undefined ? history[0] : history.find(({ number }) => number === chosen);
  if (ended === undefined) return release;
  const { outcome, reason, endedAt, ...shared } = ended;
  return { ...shared, end: { outcome, reason, endedAt } };
}
