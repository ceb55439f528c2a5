import type { EventView, RolloutView, StreamMessage } from '../../api/resources.ts';
import { remember, type Past } from './past.ts';
import type { Intent } from './intent.ts';
import { neutral } from './neutral.ts';
import { movedSplit, splitOf, type Moved } from './split.ts';

/** Everything that is known of a Rollout by who watches. Times are of his wall clock, milliseconds. */
export interface Known {
  readonly view: RolloutView;
  /** When the view came. */
  readonly at: number;
  readonly past: Past;
  /** The last change of how traffic is divided; absent: there was none. */
  readonly moved?: Moved;
}

/** Something to say at the foot of the screen. */
export interface Remark {
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'bad';
  readonly at: number;
}

/** A question, and what is done on a yes. */
export interface Question {
  readonly question: string;
  readonly intent: Intent;
}

/** What the screen shows. */
export interface ScreenState {
  readonly known: ReadonlyMap<string, Known>;
  /** Oldest first. */
  readonly events: readonly EventView[];
  /** The Rollout that is shown; absent: the list of all. */
  readonly open?: string;
  /** True: there is no list to go back to. */
  readonly isAlone: boolean;
  /** The Rollout of the list that the keys are about; absent: the first. */
  readonly selected?: string;
  /** True: the keys are explained. */
  readonly helps: boolean;
  /** What is done once it is confirmed. */
  readonly asked?: Question;
  /** Lines of log; absent: they are not shown. */
  readonly logs?: readonly string[];
  readonly remark?: Remark;
  /** Said above everything else. */
  readonly caption?: string;
  /** True: keys are read. */
  readonly hasKeys: boolean;
}

/** As many events as are kept, of all Rollouts together. */
const MOST_EVENTS = 500;
/** As many lines of log as a screen can show. */
const MOST_LINES = 300;

/** The state of a screen that has heard nothing yet. */
export function newState(named: Pick<ScreenState, 'open' | 'caption' | 'hasKeys'>): ScreenState {
  return { known: new Map(), events: [], helps: false, isAlone: named.open !== undefined, ...named };
}

/** The state after a message. Whatever the message says is shown, and commands no terminal. */
export function heard(state: ScreenState, message: StreamMessage, now: number): ScreenState {
  switch (message.kind) {
    case 'rollout':
      return withView(state, neutral({ ...message.rollout, document: {} }), now);
    case 'event':
      return { ...state, events: withEvent(state.events, neutral(message.event)) };
    case 'progress':
      return remarked(state, { text: `${message.name}  ${message.text}`, tone: 'plain', at: now });
    case 'deleted':
      return without(state, message.name);
  }
}

/** The state with something said at its foot. */
export function remarked(state: ScreenState, remark: Remark): ScreenState {
  return { ...state, remark: { ...remark, text: neutral(remark.text) } };
}

/** The state with one more line of log, while logs are shown. */
export function logged(state: ScreenState, line: string): ScreenState {
  if (state.logs === undefined) return state;
  return { ...state, logs: [...state.logs, neutral(line)].slice(-MOST_LINES) };
}

/** The names of the list, in its order. */
export function namesIn({ known }: ScreenState): readonly string[] {
  return [...known.keys()].sort();
}

/** The Rollout that keys are about. */
export function atHand(state: ScreenState): string | undefined {
  if (state.open !== undefined) return state.open;
  const names = namesIn(state);
  return names.find((name) => name === state.selected) ?? names[0];
}

function withView(state: ScreenState, view: RolloutView, at: number): ScreenState {
  const before = state.known.get(view.name);
  const past = remember(before?.past ?? [], { at, rates: view.rates });
  const moved = before === undefined ? undefined : movedFrom(before, view, at);
  const known: Known = { view, at, past, ...(moved === undefined ? {} : { moved }) };
  return { ...state, known: new Map(state.known).set(view.name, known) };
}

/** Bars begin where they are drawn just now, which may be on their way. */
function movedFrom({ view: old, moved }: Known, view: RolloutView, at: number): Moved | undefined {
  const before = splitOf(old);
  const after = splitOf(view);
  const isSame =
    before.size === after.size && [...before].every(([track, share]) => after.get(track) === share);
  return isSame ? moved : { from: movedSplit(before, moved, at), at };
}

function withEvent(events: readonly EventView[], event: EventView): readonly EventView[] {
  // After a lost connection some are told again.
  const others = events.filter(({ id, rollout }) => id !== event.id || rollout !== event.rollout);
  return [...others, event].slice(-MOST_EVENTS);
}

function without(state: ScreenState, name: string): ScreenState {
  const known = new Map(state.known);
  known.delete(name);
  const { open, ...rest } = state;
  return open === name && !state.isAlone ? { ...rest, known } : { ...state, known };
}
