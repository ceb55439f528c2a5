import type { QueryAnswer } from './answer.ts';
import type { Ask } from './gather.ts';
import { recent, type Recent } from './recent.ts';
import type { VectorAnswer } from './vectors.ts';

/** Something that was there within this time, and is not there now, went stale. */
const LATELY_MS = 3_600_000;
const MOST_REMEMBERED = 20_000;

/** Tells what went stale from what never was: from earlier answers, or once by asking about the last hour. */
export interface LastSeen {
  /** The answer with that told. */
  refine(query: string, answer: VectorAnswer, signal: AbortSignal): Promise<QueryAnswer>;
}

/** When a query last had an answer; undefined when it had none before `askedMs` either. */
interface Memory {
  readonly lastSeenMs: number | undefined;
}

/** Remembers answers; `ask` is for what there was before we came. */
export function lastSeen(ask: Ask<string, VectorAnswer>): LastSeen {
  const memories = recent<Memory>(MOST_REMEMBERED);
  return {
    refine: async (query, answer, signal) => {
      if (answer.kind === 'failed') return answer;
      if (answer.kind === 'series') {
        memories.set(query, { lastSeenMs: answer.evaluatedMs });
        return answer;
      }
      const { evaluatedMs } = answer;
      const seenMs = memories.get(query) ?? (await askOnce(query, { ask, memories, signal }));
      const lastSeenMs = seenMs?.lastSeenMs;
      if (lastSeenMs === undefined || lastSeenMs < evaluatedMs - LATELY_MS) return answer;
      return { kind: 'stale', evaluatedMs, lastSeenMs };
    },
  };
}

async function askOnce(
  query: string,
  {
    ask,
    memories,
    signal,
  }: { ask: Ask<string, VectorAnswer>; memories: Recent<Memory>; signal: AbortSignal },
): Promise<Memory | undefined> {
  const [answer] = await ask([whenLastSeen(query)], signal);
  // Without an answer nothing is known, and the next look asks again.
  if (answer === undefined || answer.kind === 'failed') return undefined;
  const newest = answer.kind === 'series' ? answer.series[0] : undefined;
  const hasTime = newest !== undefined && 'value' in newest;
  const memory = { lastSeenMs: hasTime ? newest.value * 1_000 : undefined };
  memories.set(query, memory);
  return memory;
}

/** The newest moment at which a query had a value: looking every 5 s for 5 minutes, and every minute for an hour. */
function whenLastSeen(query: string): string {
  const [lately, before] = ['5m:5s', '1h:1m'].map(
    (steps) => `max(max_over_time(timestamp((\n${query}\n))[${steps}]))`,
  );
  return `${lately ?? ''} or ${before ?? ''}`;
}
