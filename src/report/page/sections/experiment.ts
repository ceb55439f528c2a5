import type { JudgedVariant, VariantJudgement } from '../../../analysis/experiment/variants.ts';
import type { Exposure } from '../../../analysis/measurement.ts';
import { formatDuration } from '../../../base/duration.ts';
import { counted, percent, whole } from '../../../analysis/words.ts';
import type { RecordedRule } from '../../recording.ts';
import type { Report } from '../../report.ts';
import type { Figures } from '../figure.ts';
import { html, type Markup, type Part } from '../markup.ts';
import { table } from '../table.ts';
import { verdictMark } from './verdict-mark.ts';

/** What the users of each variant have done, how sure that is, and what was to come of it. */
export function experiment({ recording, summary }: Report, figures: Figures): Markup | undefined {
  const found = recording.kept?.experiment;
  const rule = recording.steps.find((step) => step.experiment !== undefined)?.experiment;
  if (found === undefined && rule === undefined && summary.variants.length === 0) return undefined;
  return html`<section aria-labelledby="experiment">
    <h2 id="experiment">Experiment</h2>
    ${found === undefined ? html`<p>No users were counted.</p>` : foundShown(found)}
    ${rule === undefined ? undefined : ruleShown(rule)}
    ${summary.variants.length === 0 ? undefined : variantTable(summary, figures)}
  </section>`;
}

function foundShown({ verdict, reason, goal, control, candidates }: VariantJudgement): Markup {
  const counted = goal === undefined ? 'converted' : `${goal.what}, ${goal.better} is better`;
  return html`<p>${verdictMark(verdict)} ${reason}</p>
    ${table({
      name: 'Variants',
      columns: [
        { title: 'variant' },
        { title: 'users', right: true },
        { title: counted, right: true },
        { title: 'rate', right: true },
        { title: 'effect', right: true },
        { title: 'between' },
        { title: 'verdict' },
      ],
      rows: [
        [`${control.name} (runs today)`, ...counts(control), '–', '–', '–'],
        ...candidates.map((one) => [one.name, ...counts(one), ...comparison(one)]),
      ],
    })}`;
}

function counts({ trials, events }: Exposure): readonly Part[] {
  return [whole(trials), whole(events), trials === 0 ? '–' : percent(events / trials)];
}

function comparison({ effect, interval, verdict }: JudgedVariant): readonly Part[] {
  const [low, high] = interval ?? [null, null];
  const range = low === null || high === null ? '–' : `${signed(low)} to ${signed(high)}`;
  return [typeof effect === 'number' ? signed(effect) : '–', range, verdictMark(verdict)];
}

function signed(effect: number): string {
  return effect < 0 ? `−${percent(-effect)}` : `+${percent(effect)}`;
}

const RULES: ReadonlyMap<string, string> = new Map([
  ['promote', 'it is promoted'],
  ['keepStable', 'what runs today stays'],
  ['ask', 'somebody is asked'],
]);

function ruleShown({ whenBetter, otherwise, minimumEffect, users, atMostMs }: RecordedRule): Markup {
  const named = (rule: string): string => RULES.get(rule) ?? rule;
  return html`<p>
    The rule: when one is better ${named(whenBetter)}, otherwise ${named(otherwise)}; after
    ${formatDuration(atMostMs)} at the
    latest${users === undefined ? undefined : ` or ${counted(users, 'user')}`}.
    ${minimumEffect === undefined ? undefined : `An effect below ${percent(minimumEffect)} is not worth finding. `}The
    intervals of all variants hold together, at 95 %, however often they are looked at.
  </p>`;
}

function variantTable({ variants }: Report['summary'], figures: Figures): Markup {
  return table({
    name: 'What the checks counted of each variant',
    columns: [
      { title: 'check' },
      { title: 'variant' },
      { title: 'of', right: true },
      { title: 'counted', right: true },
    ],
    rows: variants.map(({ check, variant }, index) => [
      check,
      variant,
      figures(`variants.${index}.trials`, whole),
      figures(`variants.${index}.events`, whole),
    ]),
  });
}
