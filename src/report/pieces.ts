import { FORMAT } from './recording-schema.ts';
import type { Circumstances, RecordedTick } from './recording.ts';
import { SummaryTally } from './summary/summary.ts';

/**
 * The JSON of a report piece by piece, while its ticks are read page by page: byte for byte what `reportView` is as JSON,
 * without ever being there as a whole.
 */
export async function* reportPieces(
  circumstances: Circumstances,
  pages: AsyncIterable<readonly RecordedTick[]>,
): AsyncGenerator<string> {
  const { events, kept, ...first } = circumstances;
  const tally = new SummaryTally(circumstances);
  yield `{${membersOf({ format: FORMAT, ...first })},"ticks":[`;
  let separator = '';
  for await (const page of pages) {
    for (const one of page) tally.add(one);
    if (page.length === 0) continue;
    yield separator + itemsOf(page);
    separator = ',';
  }
  yield `],${membersOf({ events, kept, computed: tally.summary() })}}`;
}

/** An object as JSON, without its braces. */
function membersOf(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value).slice(1, -1);
}

/** A list as JSON, without its brackets. */
function itemsOf(value: readonly unknown[]): string {
  return JSON.stringify(value).slice(1, -1);
}
