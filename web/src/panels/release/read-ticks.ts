import { ENDPOINTS, nextIn } from '../../../../src/client/browser.ts';
import type { TickView } from '../../../../src/client/index.ts';
import { open } from '../../live/ask.ts';
import type { Named } from '../../live/named.ts';

/** Ticks of a page: few enough to be read without the reader noticing. */
const PAGE = 250;

/** Whose ticks, and from which page on; without a cursor from the first. */
export interface Ticks {
  readonly about: Named;
  readonly number: number;
  readonly cursor: string | undefined;
}

/**
 * Hands on the ticks of a release page by page. Answers where the last page began, from which to go on when there are more.
 * Throws the server's Failure, or what `fetch` throws.
 */
export async function readTicks(
  { about, number, cursor }: Ticks,
  use: (ticks: readonly TickView[]) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  let place = cursor;
  for (;;) {
    const query = { limit: PAGE, ...(place === undefined ? {} : { cursor: place }) };
    const response = await open(ENDPOINTS.ticks, { about, values: { number }, query, signal });
    const ticks = (await response.json()) as readonly TickView[];
    // A series that became long is told by fewer ticks: where its last page was, there is none any more.
    if (ticks.length === 0 && place !== undefined) {
      place = undefined;
      continue;
    }
    use(ticks);
    const next = nextIn(response.headers.get('link') ?? undefined);
    if (next === undefined) return place;
    place = next;
  }
}
