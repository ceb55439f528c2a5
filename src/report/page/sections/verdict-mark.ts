import type { Verdict } from '../../../rollout/model.ts';
import { html, type Markup } from '../markup.ts';

/** A verdict in its colour; a dash where there is none. */
export function verdictMark(verdict: Verdict | undefined): Markup {
  return verdict === undefined ? html`–` : html`<span class="verdict ${verdict}">${verdict}</span>`;
}
