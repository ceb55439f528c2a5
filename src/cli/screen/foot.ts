import type { RolloutView } from '../../api/resources.ts';
import { widthOf } from '../output/text.ts';
import type { Drawing } from './head.ts';
import { atHand, type ScreenState } from './state.ts';

/** How long something said stays. */
const SAID_MS = 15_000;

/** What is said, and the keys; or what is asked. As many lines as it needs. */
export function footLines(state: ScreenState, { width, paint, now }: Drawing): readonly string[] {
  const { remark, asked } = state;
  if (asked !== undefined) return [paint.bold(paint.yellow(`${asked.question} y/n`))];
  const tones = { plain: paint.cyan, good: paint.green, bad: paint.red };
  const isFresh = remark !== undefined && now - remark.at < SAID_MS;
  const said = isFresh ? [tones[remark.tone](remark.text)] : [];
  return [...said, paint.dim(keyLine(state, width))];
}

/** Keys with their words; the last ones, which are always wanted, are kept when there is no room for all. */
function keyLine(state: ScreenState, width: number): string {
  if (!state.hasKeys) return 'Ctrl-C ends';
  const last = '? help  q quit';
  const kept: string[] = [];
  for (const one of keysOf(state)) {
    if (widthOf([...kept, one, last].join('  ')) > width) break;
    kept.push(one);
  }
  return [...kept, last].join('  ');
}

function keysOf(state: ScreenState): readonly string[] {
  if (state.open === undefined) return ['↑↓ choose', 'enter open'];
  const view = state.known.get(atHand(state) ?? '')?.view;
  return [
    ...(view === undefined ? [] : steeringKeys(view)),
    'l logs',
    ...(state.isAlone ? [] : ['esc list']),
  ];
}

function steeringKeys({ release }: RolloutView): readonly string[] {
  if (release === undefined) return ['u undo'];
  return [
    ...(release.held?.kind === 'gate' ? ['A approve'] : []),
    'p promote',
    release.paused ? 'space resume' : 'space pause',
    'a abort',
    'P fully',
    'u undo',
  ];
}

/** What each key does. */
export const HELP: readonly string[] = [
  'p      promote: leave the step at hand, whatever it waits for',
  'P      promote fully: skip all steps that are left',
  'space  pause, or resume',
  'a      abort, and go back to the stable version',
  'A      approve at the gate where it stands',
  'u      undo: go back to the version that served before',
  'l      show logs, or hide them',
  '↑ ↓    choose in the list; enter opens, esc goes back',
  'q      quit: what runs goes on',
];
