import type { Listener, NoticeMoment } from '../rollout/model-notify.ts';
import type { RevisionId, Verdict } from '../rollout/model.ts';
import type { Author } from './author.ts';
import type { Decision, EngineEvent } from './decision.ts';
import type { Look } from './look.ts';
import { cut, newsOf, type News } from './news.ts';

/**
 * What one listener is told: one thing that became of one release. It is saved with the decision that made it so and
 * before it is sent, and goes once its answer is saved; the same key is the same notice, however often it is sent.
 */
export interface Notice {
  readonly key: string;
  /** The name of the listener. */
  readonly to: string;
  readonly moment: NoticeMoment;
  readonly release: number;
  readonly revision: RevisionId;
  readonly stable?: RevisionId;
  /** Who asked for the release; absent: nobody, it came of itself. */
  readonly by?: Author;
  /** Wall clock, milliseconds since 1970: when it became so, and when the release began. */
  readonly at: number;
  readonly startedAt: number;
  /** Why, or what it waits for. */
  readonly reason: string;
  readonly verdict?: Verdict;
  /** What the checks have found, each in words with its numbers. */
  readonly findings: readonly string[];
  /** Users' requests that the candidate has served, and those among them that failed. */
  readonly served: { readonly requests: number; readonly errors: number };
  /** What its channel remembers of earlier messages about the same release. */
  readonly thread?: string;
}

/** A notice that has not been taken yet. */
export interface PendingNotice extends Omit<Notice, 'thread'> {
  /** Why it could not be delivered so far, as it was told once; absent: nothing is known to be wrong. */
  readonly trouble?: string;
}

/** What became of a notice so far. */
export type Delivery =
  /** `thread`: what is to be remembered for later messages about the same release. */
  | { readonly kind: 'taken'; readonly thread?: string }
  /** Not yet; it is sent again. */
  | { readonly kind: 'delayed'; readonly why: string }
  /** Sending it again is of no use. */
  | { readonly kind: 'refused'; readonly why: string };

/** What a channel remembers of the messages about one release, by listener. */
export type Threads = Readonly<Record<string, { readonly release: number; readonly thread: string }>>;

/** More do not wait for listeners who do not answer: the oldest are given up, and that is told. */
const MOST_PENDING = 50;

/** Notes what listeners are to hear of this decision, and lets go what they have heard. */
export function withNotices(look: Look, decision: Decision): Decision {
  const { notify } = look.rollout;
  const { notices: _, threads: before, ...status } = decision.status;
  if (notify.length === 0 && _ === undefined && before === undefined) return decision;
  const delivered = afterDeliveries(look);
  const due = [...delivered.pending, ...newsOf(look, decision).flatMap((news) => noticesOf(news, notify))];
  const dropped = due.slice(0, Math.max(0, due.length - MOST_PENDING));
  const notices = due.slice(dropped.length);
  const threads = stillHeard({ ...before, ...delivered.threads }, notify);
  return {
    ...decision,
    status: {
      ...status,
      ...(notices.length === 0 ? {} : { notices }),
      ...(Object.keys(threads).length === 0 ? {} : { threads }),
    },
    desired:
      notices.length === 0
        ? decision.desired
        : { ...decision.desired, notices: notices.map((one) => noticeIn(one, threads)) },
    events: [
      ...delivered.events,
      ...decision.events,
      ...dropped.map((one) => failed(one, `is not told any more: ${MOST_PENDING} newer notices wait`)),
    ],
  };
}

/** The notice alone, with the thread that it goes on with. */
function noticeIn({ trouble: _, ...notice }: PendingNotice, threads: Threads): Notice {
  const known = threads[notice.to];
  return known?.release === notice.release ? { ...notice, thread: known.thread } : notice;
}

function stillHeard(threads: Threads, notify: readonly Listener[]): Threads {
  return Object.fromEntries(
    Object.entries(threads).filter(([name]) => notify.some((one) => one.name === name)),
  );
}

interface Delivered {
  readonly pending: readonly PendingNotice[];
  readonly threads: Threads;
  readonly events: readonly EngineEvent[];
}

/** What is left to be told, and what came of the others. A listener who is no longer declared hears nothing. */
function afterDeliveries({ rollout, status, seen }: Look): Delivered {
  const due = (status.notices ?? []).filter(({ to }) => rollout.notify.some(({ name }) => name === to));
  const each = due.map((one) => afterDelivery(one, seen.deliveries?.[one.key]));
  return {
    pending: each.flatMap(({ pending }) => pending),
    events: each.flatMap(({ events }) => events),
    threads: Object.assign({}, ...each.map(({ threads }) => threads)) as Threads,
  };
}

/** What is wrong is told once, however often it is tried. */
function afterDelivery(one: PendingNotice, delivery: Delivery | undefined): Delivered {
  switch (delivery?.kind) {
    case undefined:
      return { pending: [one], threads: {}, events: [] };
    case 'taken': {
      const { thread } = delivery;
      const threads = thread === undefined ? {} : { [one.to]: { release: one.release, thread } };
      return { pending: [], threads, events: [] };
    }
    case 'delayed': {
      if (one.trouble !== undefined) return { pending: [one], threads: {}, events: [] };
      const told = failed(one, `is not told yet: ${delivery.why}; it is tried again`);
      return { pending: [{ ...one, trouble: cut(delivery.why) }], threads: {}, events: [told] };
    }
    case 'refused':
      return { pending: [], threads: {}, events: [failed(one, `is not told: ${delivery.why}`)] };
  }
}

function failed({ to, moment, release, revision }: PendingNotice, what: string): EngineEvent {
  const message = cut(`${to} ${what} (${moment})`);
  return { type: 'NotifyFailed', message, release, revision };
}

function noticesOf({ rollout, which, ...news }: News, notify: readonly Listener[]): readonly PendingNotice[] {
  const { release, startedAt, moment } = news;
  const times = which === undefined ? '' : `-${which}`;
  return notify
    .filter(({ on }) => on.includes(moment))
    .map(({ name }) => ({
      key: `${rollout}-${release}-${startedAt.toString(36)}-${moment}${times}-${name}`,
      to: name,
      ...news,
    }));
}
