import type { Effect } from '../../../analysis/judgement.ts';
import { times } from '../../words.ts';
import { html, type Markup } from '../markup.ts';

/** How much worse, on a line of ratios: twice as far is twice as much. */
export interface IntervalChart {
  readonly title: string;
  readonly effect: Effect;
  /** Ratios from which on it is harm. */
  readonly limits: readonly number[];
}

const [WIDTH, LEFT, RIGHT, MIDDLE] = [640, 20, 620, 26];

/** An effect with its interval beside where it is equal and where harm begins. */
export function intervalChart({ title, effect, limits }: IntervalChart): Markup {
  const { low, high, estimate } = effect;
  const shown = [low, high, estimate, ...limits].filter(
    (one): one is number => typeof one === 'number' && one > 0,
  );
  const reach = Math.min(10, Math.max(1, ...shown.map((one) => Math.abs(Math.log2(one)) * 1.15)));
  const place = (ratio: number): number => {
    const at = ratio > 0 ? Math.log2(ratio) / reach : -1;
    return Math.round(((LEFT + RIGHT) / 2 + Math.min(1, Math.max(-1, at)) * ((RIGHT - LEFT) / 2)) * 10) / 10;
  };
  const [from, to] = [place(low), typeof high === 'number' ? place(high) : RIGHT];
  return html`<svg class="interval" viewBox="0 0 ${WIDTH} 58" role="img" aria-label="${title}">
    <line class="rule" x1="${LEFT}" x2="${RIGHT}" y1="${MIDDLE}" y2="${MIDDLE}" />
    ${tick(place(1), { words: 'equal', of: 'mark' })}
    ${limits.map((limit) => tick(place(limit), { words: `limit ${times(limit)}`, of: 'limit' }))}
    <line class="span" x1="${from}" x2="${to}" y1="${MIDDLE}" y2="${MIDDLE}" />
    ${typeof estimate === 'number' ? html`<circle class="dot" cx="${place(estimate)}" cy="${MIDDLE}" r="5" />` : undefined}
  </svg>`;
}

function tick(x: number, { words, of }: { readonly words: string; readonly of: 'mark' | 'limit' }): Markup {
  const y = of === 'mark' ? 54 : 10;
  return html`<line class="${of}" x1="${x}" x2="${x}" y1="14" y2="40" />
    <text x="${Math.min(RIGHT - 40, Math.max(LEFT + 40, x))}" y="${y}" class="middle">${words}</text>`;
}
