import type { EventView, RolloutView, StreamMessage } from '../../../src/client/index.ts';
import { keyOf } from './named.ts';

/** Events that are kept; older ones are asked for. */
const EVENTS_KEPT = 500;

/** What is known of the server's Rollouts. */
export interface Known {
  /** By their keys. */
  readonly rollouts: ReadonlyMap<string, RolloutView>;
  /** The newest, oldest first. */
  readonly events: readonly EventView[];
}

/** Nothing yet. */
export const NOTHING_KNOWN: Known = { rollouts: new Map(), events: [] };

/** What is known after these messages, in their order. Pure. */
export function heard(known: Known, messages: readonly StreamMessage[]): Known {
  if (messages.length === 0) return known;
  const rollouts = new Map(known.rollouts);
  const events: EventView[] = [];
  for (const message of messages) {
    if (message.kind === 'rollout') rollouts.set(keyOf(message.rollout), message.rollout);
    else if (message.kind === 'deleted') rollouts.delete(keyOf(message));
    else if (message.kind === 'event') events.push(message.event);
  }
  return { rollouts, events: withEvents(known.events, events) };
}

/** What is known after a list of all; `since` were heard of while it was asked for, so they are newer. Pure. */
export function listed(known: Known, all: readonly RolloutView[], since: ReadonlySet<string>): Known {
  const isNews = (key: string): boolean => since.has(key);
  const rollouts = new Map([...known.rollouts].filter(([key]) => isNews(key)));
  for (const view of all) if (!isNews(keyOf(view))) rollouts.set(keyOf(view), view);
  return { ...known, rollouts };
}

/** Each event once, in order: by its id, which in a cluster is one of its Rollout. Pure. */
export function withEvents(
  before: readonly EventView[],
  more: readonly EventView[],
  kept: number = EVENTS_KEPT,
): readonly EventView[] {
  if (more.length === 0) return before;
  const byId = new Map([...before, ...more].map((event) => [idOf(event), event]));
  return [...byId.values()].sort(byAge).slice(-kept);
}

function idOf({ id, namespace, rollout }: EventView): string | number {
  return namespace === undefined ? id : `${keyOf({ namespace, name: rollout })} ${id}`;
}

function byAge(a: EventView, b: EventView): number {
  return (a.namespace === undefined ? 0 : a.at - b.at) || a.id - b.id;
}
