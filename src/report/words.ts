import { formatDuration } from '../base/duration.ts';
import { bytes, figure, milliseconds, percent } from '../analysis/words.ts';
import type { Slowed } from '../analysis/harmed.ts';
import type { Author } from '../engine/author.ts';
import type { Metric, Outcome } from '../rollout/model.ts';
import type { RecordedRelease } from './recording.ts';

/** How a release ended, in words. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  promoted: 'promoted',
  completed: 'completed',
  rolledBack: 'rolled back',
  aborted: 'aborted',
  failed: 'failed',
};

const KNOWN: Readonly<Record<Author['kind'], string>> = {
  token: 'token',
  account: 'cluster',
  identity: 'identity',
  user: 'claimed',
};

/** Who asked for something, and how that is known; a dash where nobody did. */
export function authorWord(author: Author | undefined): string {
  if (author === undefined) return '-';
  return `${author.name} (${KNOWN[author.kind]})`;
}

/** The outcome of a release in a word or two. */
export function outcomeOf({ outcome, endedAt }: RecordedRelease): string {
  if (outcome !== undefined) return OUTCOME_WORDS[outcome];
  return endedAt === undefined ? 'runs still' : 'ended';
}

/** The whole story in a sentence: `Release 7 of shop, r1-a → r1-b, was rolled back after 42s: …`. */
export function sentenceOf(rollout: string, release: RecordedRelease): string {
  const { number, from, to, startedAt, endedAt, reason } = release;
  const which = `Release ${number} of ${rollout}, ${from ?? 'nothing'} → ${to},`;
  if (endedAt === undefined) return `${which} runs still.`;
  const how = release.outcome === undefined ? 'ended' : `was ${OUTCOME_WORDS[release.outcome]}`;
  const took = formatDuration(Math.max(0, endedAt - startedAt));
  return `${which} ${how} after ${took}${reason === undefined || reason === '' ? '.' : `: ${reason}`}`;
}

/** So many times stable: `×1.4`. */
export function times(ratio: number): string {
  if (ratio !== 0 && Math.abs(ratio) < 1e-4) return 'under ×0.0001';
  // Near to equal a margin of 3 % is not to look like none.
  return `×${figure(ratio > 0.5 && ratio < 2 ? ratio : Number(ratio.toPrecision(2)))}`;
}

/** A number of requests that was estimated: whole, or with one digit while it is small. */
export function estimated(count: number): string {
  return count < 10 ? String(Number(count.toPrecision(2))) : figure(Math.round(count));
}

/** How many of the other version's requests are as slow as what is called slow: `1 of 100`. */
export function slowOf({ kept }: Pick<Slowed, 'kept'>): string {
  return `${Math.round((1 - kept) * 100)} of 100`;
}

/** Said in place of whom a version harmed that got copies alone. */
export const COPIES_HARM_NOBODY =
  'Only copies of requests came to the new version: users got the answers of the other.';

/** How the values of a metric are written. */
export function valueWords(metric: Metric['kind'] | undefined): (value: number) => string {
  switch (metric) {
    case 'errors':
    case 'ratio':
    case 'differences':
      return percent;
    case 'latency':
      return milliseconds;
    case 'size':
      return bytes;
    case 'rate':
      return (value) => `${figure(value)} a second`;
    case 'value':
    case 'usage':
    case undefined:
      return figure;
  }
}
