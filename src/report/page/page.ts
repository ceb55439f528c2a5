import { VERSION } from '../../base/version.ts';
import type { Report } from '../report.ts';
import { outcomeOf } from '../words.ts';
import { figuresOf } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { checks } from './sections/checks.ts';
import { course } from './sections/course.ts';
import { decisions } from './sections/decisions.ts';
import { differences } from './sections/differences.ts';
import { experiment } from './sections/experiment.ts';
import { headline } from './sections/headline.ts';
import { latency } from './sections/latency.ts';
import { limits } from './sections/limits.ts';
import { requests } from './sections/requests.ts';
import { steps } from './sections/steps.ts';
import { STYLE } from './style.ts';

/** What a page may load and run: nothing, but the style that is in it. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * The story of a release as one page of HTML: without a script and without anything to fetch, for screens by day and night
 * and for paper. Whatever users have written is shown as text.
 */
export function reportPage(report: Report): string {
  const { rollout, release } = report.recording;
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${rollout}, release ${release.number}: ${outcomeOf(release)}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>${body(report)} ${again(report)}</main>
        <footer><p class="note">Written by coalmine ${VERSION}.</p></footer>
      </body>
    </html> `.text
    .trim()
    .replace(/\s*\n\s*/g, '\n');
}

function body(report: Report): readonly (Markup | undefined)[] {
  const figures = figuresOf(report.summary);
  return [
    headline(report, figures),
    requests(report, figures),
    steps(report, figures),
    course(report),
    checks(report, figures),
    latency(report, figures),
    experiment(report, figures),
    differences(report),
    decisions(report),
    limits(report, figures),
  ];
}

/** How whoever doubts it computes it again. */
function again({ recording: { rollout, release } }: Report): Markup {
  const file = `${rollout}-${release.number}.json`;
  return html`<section aria-labelledby="again">
    <h2 id="again">Compute it again</h2>
    <p>
      Every number here is in the JSON of this report, under <code>computed</code>, at the path that its
      element names. That file also holds what they are computed from: every tick, and what was said after it.
    </p>
    <pre><code>coalmine analyze --replay ${file}
coalmine report --from ${file}</code></pre>
  </section>`;
}
