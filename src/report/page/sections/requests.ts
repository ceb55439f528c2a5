import { milliseconds, whole } from '../../../analysis/words.ts';
import type { Report } from '../../report.ts';
import { candidateName } from '../../summary/variant-served.ts';
import { COPIES_HARM_NOBODY, estimated, slowOf } from '../../words.ts';
import type { Figures } from '../figure.ts';
import { html, type Markup } from '../markup.ts';
import { table } from '../table.ts';

/** What was served, what failed, and whom the new version has harmed. */
export function requests({ recording, summary }: Report, figures: Figures): Markup | undefined {
  const { served } = summary;
  if (served === undefined)
    return recording.kept === undefined ? undefined : keptServed(recording.kept.served);
  const row = (name: string, path: string): readonly (string | Markup)[] => [
    name,
    figures(`${path}.requests`, whole),
    figures(`${path}.errors`, whole),
  ];
  return html`<section aria-labelledby="requests">
    <h2 id="requests">Requests</h2>
    ${table({
      name: 'Requests of both versions',
      columns: [
        { title: 'counted as evidence' },
        { title: 'requests', right: true },
        { title: 'failed', right: true },
      ],
      rows: [
        row(candidateName(summary), 'served.candidate'),
        ...summary.variantsServed.map(({ variant }, index) => row(variant, `variantsServed.${index}`)),
        row('what it is compared with', 'served.control'),
        ...(summary.matched === undefined ? [] : [row('sent there by a match, not compared', 'matched')]),
      ],
    })}
    ${harm(figures, summary)} ${recording.kept === undefined ? undefined : keptNote(recording.kept.served)}
  </section>`;
}

function keptServed({
  requests: all,
  errors,
}: {
  readonly requests: number;
  readonly errors: number;
}): Markup | undefined {
  if (all === 0) return undefined;
  return html`<section aria-labelledby="requests">
    <h2 id="requests">Requests</h2>
    <p>
      The new version served ${whole(all)} requests, ${whole(errors)} of which failed. What the other version
      served beside them is not kept, so nobody is compared.
    </p>
  </section>`;
}

function keptNote({ requests: all, errors }: { readonly requests: number; readonly errors: number }): Markup {
  return html`<p class="note">
    From its first request to its last the new version served ${whole(all)} requests, ${whole(errors)} of
    which failed: while a step begins, and during the warm-up, some are served that are no evidence.
  </p>`;
}

function harm(figures: Figures, { copied, failed, slowed }: Report['summary']): Markup | undefined {
  if (failed === undefined)
    return copied === undefined
      ? undefined
      : html`<p><strong>Harmed</strong>: nobody. ${COPIES_HARM_NOBODY}</p>`;
  return html`<p>
      <strong>Harmed</strong>: ${interval(figures, 'failed')} requests failed that would not have.
      ${
        slowed === undefined
          ? 'How many were slowed is not known: too little was timed to compare.'
          : html`${interval(figures, 'slowed')} took longer than ${figures('slowed.thanMs', milliseconds)}, as
            ${slowOf(slowed)} of stable's do, and would not have.`
      }
    </p>
    <details>
      <summary>How it is computed</summary>
      <p>
        Step by step, the new version's failures less those that the other version's share of failures makes
        of as many requests; never less than none. Slow requests likewise, over the whole release, by those
        above the other version's median, 90th or 99th percentile, whichever shows the most; more may have
        been slowed, who were quick before. What became of copies is left out. The intervals hold at 95 %,
        that of the slow ones for all three, with both counts taken as Poisson.
      </p>
    </details>`;
}

function interval(figures: Figures, path: string): Markup {
  return html`${figures(`${path}.requests`, estimated)} (between ${figures(`${path}.low`, estimated)} and
  ${figures(`${path}.high`, estimated)})`;
}
