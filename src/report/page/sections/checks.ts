import type { Effect } from '../../../analysis/judgement.ts';
import { figure, whole } from '../../../analysis/words.ts';
import type { Report } from '../../report.ts';
import type { CheckLimit, CheckStep, CheckSummary } from '../../summary/checks.ts';
import { times, valueWords } from '../../words.ts';
import { intervalChart } from '../charts/interval.ts';
import type { Figures } from '../figure.ts';
import { html, type Markup, type Part } from '../markup.ts';
import { table } from '../table.ts';
import { evidenceChart, valueChart } from './check-charts.ts';
import { verdictMark } from './verdict-mark.ts';

/** What each check said, how much worse the new version is, and how the evidence grew. */
export function checks(report: Report, figures: Figures): Markup {
  const { summary } = report;
  const said =
    summary.checks.length === 0
      ? html`<p>Nothing was judged: there were no checks, or nothing to compare with.</p>`
      : summary.checks.map((check, index) => one(report, { check, path: `checks.${index}` }, figures));
  return html`<section aria-labelledby="checks">
    <h2 id="checks">Checks</h2>
    ${together(report)}${said}
  </section>`;
}

function together({ judgement }: Report): Markup | undefined {
  if (judgement === undefined) return undefined;
  const { verdict, reason, score } = judgement;
  return html`<p>${verdictMark(verdict)} ${reason}</p>
    ${score === undefined ? undefined : html`<p>Score ${figure(score.score)}, ${score.classification}: ${score.reason}</p>`}`;
}

interface Shown {
  readonly check: CheckSummary;
  readonly path: string;
}

function one(report: Report, { check, path }: Shown, figures: Figures): Markup {
  const { name, verdict, reason, limit, label, steps } = check;
  const effect = steps.at(-1)?.effect;
  return html`<article>
    <h3>${name} ${verdictMark(verdict)}</h3>
    <p>${reason}${label === undefined ? undefined : ` (${label})`}</p>
    ${limit === undefined ? html`<p class="note">The Rollout has been changed since, so its limit then is not known.</p>` : undefined}
    ${effect === undefined ? undefined : effectShown(check, effect)} ${strengths(check, path, figures)}
    ${evidenceChart(report, check) ?? valueChart(report, check)} ${stepTable(check, path, figures)}
  </article>`;
}

function effectShown({ name, limit }: CheckSummary, effect: Effect): Markup {
  return intervalChart({
    title: `${name}, ${effect.of} at the end of the last step: ${intervalWords(effect)} stable`,
    effect,
    limits: limitsOf(limit),
  });
}

function intervalWords({ low, high }: Effect): string {
  return typeof high === 'number'
    ? `between ${times(low)} and ${times(high)} of`
    : `at least ${times(low)} of`;
}

function limitsOf(limit: CheckLimit | undefined): readonly number[] {
  return [limit?.below, limit?.above].filter((one) => one !== undefined);
}

function strengths({ harm, safe, pValue }: CheckSummary, path: string, figures: Figures): Markup | undefined {
  const whole = (part: number): string => `${Math.floor(part * 100)} %`;
  const parts = [
    ...(harm === undefined
      ? []
      : [html`harm at its strongest ${figures(`${path}.harm`, whole)} of what stops a release`]),
    ...(safe === undefined ? [] : [html`safety at the end ${figures(`${path}.safe`, whole)} of a proof`]),
    ...(pValue === undefined ? [] : [html`p ${figures(`${path}.pValue`, figure)}`]),
  ];
  if (parts.length === 0) return undefined;
  return html`<p>Evidence: ${parts.map((part, index) => html`${index === 0 ? '' : '; '}${part}`)}.</p>`;
}

function stepTable(
  { name, metric, steps }: CheckSummary,
  path: string,
  figures: Figures,
): Markup | undefined {
  if (steps.length === 0) return undefined;
  const words = valueWords(metric);
  const row = (step: CheckStep, index: number): readonly Part[] => {
    const at = `${path}.steps.${index}`;
    return [
      step.number,
      verdictMark(step.verdict),
      figures(`${at}.samples`, whole),
      figures(`${at}.candidate`, words),
      figures(`${at}.control`, words),
      figures(`${at}.effect.estimate`, times),
      figures(`${at}.effect.low`, times),
      figures(`${at}.effect.high`, times),
    ];
  };
  const right = (title: string) => ({ title, right: true });
  return table({
    name: `What ${name} said at the end of each step`,
    columns: [
      { title: 'step' },
      { title: 'verdict' },
      ...['samples', 'new version', 'stable', 'ratio', 'at least', 'at most'].map(right),
    ],
    rows: steps.map(row),
  });
}
