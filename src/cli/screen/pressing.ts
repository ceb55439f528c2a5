import { STEERING, type Intent } from './intent.ts';
import type { Key } from './keys.ts';
import { atHand, namesIn, type ScreenState } from './state.ts';

/** What becomes of the screen by a key, and what it asks for. */
export interface Pressed {
  readonly state: ScreenState;
  readonly intent?: Intent;
}

/** What a key does. Pure. A key without a meaning does nothing but end what was said. */
export function pressed(before: ScreenState, key: Key): Pressed {
  const always = ALWAYS.get(key);
  if (always !== undefined) return { state: before, intent: always };
  const { remark: _, ...state } = before;
  if (state.asked !== undefined) return answered(state, key);
  if (state.helps) return { state: { ...state, helps: false } };
  return PLAIN.get(key)?.(state) ?? (state.open === undefined ? listed(state, key) : steered(state, key));
}

const ALWAYS: ReadonlyMap<Key, Intent> = new Map([
  ['ctrl-z', { kind: 'suspend' }],
  ['ctrl-l', { kind: 'repaint' }],
]);

const PLAIN: ReadonlyMap<Key, (state: ScreenState) => Pressed> = new Map<
  Key,
  (state: ScreenState) => Pressed
>([
  ['q', (state) => ({ state, intent: { kind: 'quit' } })],
  ['?', (state) => ({ state: { ...state, helps: true } })],
]);

/** Only `y` is a yes. */
function answered({ asked, ...state }: ScreenState, key: Key): Pressed {
  return key === 'y' && asked !== undefined ? { state, intent: asked.intent } : { state };
}

function listed(state: ScreenState, key: Key): Pressed {
  const names = namesIn(state);
  const selected = atHand(state);
  if (selected === undefined) return { state };
  if (key === 'enter') return { state: { ...state, open: selected } };
  const by = key === 'up' || key === 'k' ? -1 : key === 'down' || key === 'j' ? 1 : 0;
  const next = names[names.indexOf(selected) + by];
  return { state: next === undefined ? state : { ...state, selected: next } };
}

function steered(state: ScreenState, key: Key): Pressed {
  const name = state.open ?? '';
  if (key === 'escape') return left(state);
  if (key === 'l') return toggled(state, name);
  const view = state.known.get(name)?.view;
  const steering = STEERING.get(key);
  if (view === undefined || steering === undefined) return { state };
  const { intent, question } = steering(view);
  return question === undefined ? { state, intent } : { state: { ...state, asked: { intent, question } } };
}

/** Back to the list, where there is one. */
function left(state: ScreenState): Pressed {
  if (state.isAlone) return { state };
  const { open = '', logs, ...rest } = state;
  const back: ScreenState = { ...rest, selected: open };
  return logs === undefined
    ? { state: back }
    : { state: back, intent: { kind: 'logs', name: open, on: false } };
}

function toggled(state: ScreenState, name: string): Pressed {
  const on = state.logs === undefined;
  const { logs: _, ...rest } = state;
  return { state: on ? { ...rest, logs: [] } : rest, intent: { kind: 'logs', name, on } };
}
