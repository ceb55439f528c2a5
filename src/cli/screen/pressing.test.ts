import { describe, expect, it } from 'vitest';
import { aReleasingView, aView, THEN } from '../../../test/cli/views.ts';
import { KeyReader } from './keys.ts';
import { pressed } from './pressing.ts';
import { heard, newState, type ScreenState } from './state.ts';

function watching(open: string | undefined, ...views: readonly ReturnType<typeof aView>[]): ScreenState {
  const state = newState({ hasKeys: true, ...(open === undefined ? {} : { open }) });
  return views.reduce((before, rollout) => heard(before, { kind: 'rollout', rollout }, THEN), state);
}

/** The state after keys, and everything that they asked for. */
function after(state: ScreenState, ...keys: readonly string[]) {
  const intents: unknown[] = [];
  let now = state;
  for (const key of keys) {
    const { state: next, intent } = pressed(now, key);
    now = next;
    if (intent !== undefined) intents.push(intent);
  }
  return { state: now, intents };
}

describe('a key', () => {
  const shop = watching('shop', aReleasingView());
  const steer = (request: object): readonly unknown[] => [{ kind: 'steer', name: 'shop', request }];

  it.each<[string, readonly string[], readonly unknown[]]>([
    ['promotes', ['p'], steer({ verb: 'promote' })],
    ['pauses', [' '], steer({ verb: 'pause' })],
    ['promotes fully, once that is confirmed', ['P', 'y'], steer({ verb: 'promote', full: true })],
    ['aborts, once that is confirmed', ['a', 'y'], steer({ verb: 'abort', reason: 'from the terminal' })],
    ['undoes, once that is confirmed', ['u', 'y'], steer({ verb: 'undo' })],
    [
      'does not abort on anything but y',
      ['a', 'n', 'y', 'a', 'enter', 'a', 'Y', 'a', 'a', 'q'],
      [{ kind: 'quit' }],
    ],
    [
      'shows logs, and hides them',
      ['l', 'l'],
      [true, false].map((on) => ({ kind: 'logs', name: 'shop', on })),
    ],
    ['without a meaning does nothing', ['x', 'up', 'constructor'], []],
    ['quits', ['q'], [{ kind: 'quit' }]],
    ['suspends, whatever is asked', ['a', 'ctrl-z'], [{ kind: 'suspend' }]],
  ])('%s', (_, keys, wanted) => {
    expect(after(shop, ...keys).intents).toEqual(wanted);
  });

  it('resumes what is paused, and approves at the gate where it stands', () => {
    const held = { kind: 'gate', name: 'qa', forMs: 5 } as const;
    const paused = watching('shop', aReleasingView({ paused: true, held }));
    expect(after(paused, ' ', 'A').intents).toEqual([
      ...steer({ verb: 'resume' }),
      { kind: 'approve', name: 'shop', gate: 'qa' },
    ]);
  });

  it('explains the keys, and the next one ends that', () => {
    expect(after(shop, '?').state.helps).toBe(true);
    expect(after(shop, '?', 'p')).toMatchObject({ state: { helps: false }, intents: [] });
  });

  it('chooses in the list, opens, and goes back to where it was', () => {
    const list = watching(undefined, ...['a', 'b', 'c'].map((name) => aView({ name })));
    expect(after(list, 'down', 'down', 'down', 'up', 'enter').state.open).toBe('b');
    const back = after(list, 'j', 'enter', 'escape').state;
    expect([back.open, back.selected]).toEqual([undefined, 'b']);
    expect(after(list, 'p', 'a', 'y').intents).toEqual([]);
    expect(after(shop, 'escape').state.open).toBe('shop');
  });

  it('is about nothing while nothing is known', () => {
    expect(after(watching('shop'), 'p', 'a', 'y').intents).toEqual([]);
    expect(after(watching(undefined), 'enter', 'down').state.open).toBeUndefined();
  });
});

it('a Rollout that is deleted is left for the list', () => {
  const list = watching(undefined, aView({ name: 'a' }), aView({ name: 'b' }));
  const gone = heard(after(list, 'enter').state, { kind: 'deleted', name: 'a' }, THEN);
  expect([gone.open, [...gone.known.keys()]]).toEqual([undefined, ['b']]);
});

describe('what a terminal sends', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['single keys', ['p', 'Pa'], ['p', 'P', 'a']],
    ['arrows of both kinds', ['\u001B[A\u001BOB'], ['up', 'down']],
    ['keys with names', ['\r\u001B\u001A'], ['enter', 'escape', 'ctrl-z']],
    ['nothing for keys without a name', ['\u001B[15~\u007F\u0001\u001B[1;5C'], []],
    ['nothing for what was pasted', ['q\u001B[200~ay', 'ay\u001B[201~p'], ['q', 'p']],
    ['characters beyond ASCII', ['é✓😀'], ['é', '✓', '😀']],
  ])('is read as %s', (_, pieces, wanted) => {
    const reader = new KeyReader();
    expect(pieces.flatMap((piece) => reader.read(piece))).toEqual(wanted);
  });
});
