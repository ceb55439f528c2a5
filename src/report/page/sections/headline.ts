import { dateTime } from '../../../base/date-time.ts';
import { formatDuration } from '../../../base/duration.ts';
import { counted } from '../../../analysis/words.ts';
import type { Report } from '../../report.ts';
import { authorWord, outcomeOf, sentenceOf } from '../../words.ts';
import type { Figures } from '../figure.ts';
import { html, type Markup, type Part } from '../markup.ts';

/** What happened, to what, by whom and when. */
export function headline({ recording }: Report, figures: Figures): Markup {
  const { rollout, release } = recording;
  const { from, to, by, variants, startedAt, endedAt } = release;
  const facts: readonly (readonly [string, Part])[] = [
    ['from', from === undefined ? 'nothing: it is the first version' : html`<code>${from}</code>`],
    ['to', html`<code>${to}</code>`],
    ...Object.entries(variants ?? {}).map(([track, id]) => [track, html`<code>${id}</code>`] as const),
    ['asked for by', by === undefined ? 'nobody: it came of itself' : authorWord(by)],
    ['began', dateTime(startedAt)],
    ['ended', endedAt === undefined ? 'not yet' : dateTime(endedAt)],
    ['took', figures('tookMs', formatDuration)],
    [
      'measured',
      html`${figures('measuredMs', formatDuration)} in ${figures('ticks', (count) => counted(count, 'tick'))}`,
    ],
  ];
  return html`<header>
    <p class="outcome ${release.outcome ?? 'running'}">${outcomeOf(release)}</p>
    <h1>${rollout}, release ${release.number}</h1>
    <p class="lead">${sentenceOf(rollout, release)}</p>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}
