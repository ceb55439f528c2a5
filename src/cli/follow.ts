import { formatDuration } from '../base/duration.ts';
import { Failure, FAILURES } from '../base/failure.ts';
import type { Client } from '../client/client.ts';
import type { Display } from './display.ts';
import type { End, Goal } from './goals.ts';
import { INTERRUPTED } from './io.ts';
import type { Session } from './session.ts';

/** How many past events a display begins with. */
const PAST_EVENTS = 4;

/** What to follow, and until when. */
export interface Following {
  /** Absent: all Rollouts, and the goal is asked about each. */
  readonly name?: string;
  /** Absent: until interrupted. */
  readonly goal?: Goal;
  readonly timeoutMs?: number;
  /** Show events after this one; absent: from a few before now. */
  readonly after?: number;
  readonly display: Display;
}

/** Follows until the goal is met; undefined when Ctrl-C came first, or who reads has seen enough. Throws Failure `timedOut` when time is over. */
export async function follow(session: Session, following: Following): Promise<End | undefined> {
  const { display, timeoutMs } = following;
  const ending = new AbortController();
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          ending.abort();
        }, timeoutMs);
  const client = await session.client({
    onLost: (failure) => {
      display.remark(`${failure.message}; looking for it again`);
    },
  });
  try {
    display.begin?.(client);
    const leaving = AbortSignal.any([session.io.interrupted, ...(display.closed ? [display.closed] : [])]);
    const end = await firstEnd(client, following, AbortSignal.any([ending.signal, leaving]));
    if (end !== undefined || leaving.aborted) return end;
    throw tooLate(following);
  } finally {
    clearTimeout(timer);
    ending.abort();
    await display.end();
  }
}

function tooLate({ name, timeoutMs = 0 }: Following): Failure {
  return new Failure('timedOut', `${name ?? 'it'} is not done after ${formatDuration(timeoutMs)}`, {
    hint: `It goes on: watch it with "coalmine watch ${name ?? ''}".`,
  });
}

/** The exit status of a followed release, told in one line. */
export async function tellEnd(session: Session, name: string, end: End | undefined): Promise<number> {
  if (end === undefined) {
    session.remark(`detached: what runs goes on; "coalmine watch ${name}" shows it again`);
    return INTERRUPTED;
  }
  const { paint } = session;
  await session.print({ name, ...end }, () => [(end.reached ? paint.green : paint.red)(end.message)]);
  return end.reached ? 0 : FAILURES.endedOtherwise.exit;
}

async function firstEnd(client: Client, following: Following, signal: AbortSignal): Promise<End | undefined> {
  const { name, goal, display } = following;
  const query = name === undefined ? {} : { rollout: name };
  const after = following.after ?? (await aLittleBack(client, query, display.pastEvents));
  for await (const message of client.stream({ ...query, after }, signal)) {
    display.show(message);
    if (message.kind === 'deleted' && message.name === name) {
      throw new Failure('notFound', `${name} was deleted`);
    }
    if (message.kind !== 'rollout') continue;
    const { rollout } = message;
    const end = await goal?.(rollout, () => client.history(rollout.name));
    if (end !== undefined) return end;
  }
  return undefined;
}

/** The position from which a display has something to show at once. */
async function aLittleBack(
  client: Client,
  query: { readonly rollout?: string },
  limit = PAST_EVENTS,
): Promise<number> {
  const [oldest] = await client.events({ ...query, limit });
  return oldest === undefined ? 0 : oldest.id - 1;
}
