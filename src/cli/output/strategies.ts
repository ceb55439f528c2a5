import { formatDuration } from '../../base/duration.ts';
import type { Advice } from '../../strategy/advise.ts';
import type { Explanation } from '../../strategy/explain.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** What there is to know of each strategy. */
export function explanationLines(explanations: readonly Explanation[], paint: Paint): string[] {
  return explanations.flatMap((one, index) => [
    ...(index === 0 ? [] : ['']),
    `${paint.bold(one.name)}${one.isBuilt ? '' : paint.yellow('  not built yet')}`,
    `  ${one.summary}`,
    `  good for  ${one.goodFor}`,
    ...one.pros.map((pro) => `  ${paint.green('+')}         ${pro}`),
    ...one.cons.map((con) => `  ${paint.red('-')}         ${con}`),
    `  cost      ${one.cost}`,
    `  needs     ${one.needs}`,
    `  way back  ${one.wayBack}`,
    `  ${paint.dim(one.example)}`,
  ]);
}

/** What each strategy would mean for one Rollout; the one it has is marked. */
export function adviceLines(name: string, advice: readonly Advice[], paint: Paint): string[] {
  const rows = advice.map(({ strategy, fit, isChosen, reason, peak, longestMs }) => [
    isChosen ? `${strategy} (chosen)` : strategy,
    fitWord(fit, paint),
    peak === undefined ? '-' : String(peak),
    peak === undefined ? '-' : timeWords(longestMs),
    reason,
  ]);
  const columns = [
    { title: 'STRATEGY' },
    { title: 'FIT' },
    { title: 'PEAK', right: true },
    { title: 'WAITS', right: true },
    { title: 'WHY' },
  ];
  return [paint.bold(name), ...table(columns, rows)];
}

function fitWord(fit: Advice['fit'], paint: Paint): string {
  if (fit === 'best') return paint.green(fit);
  return fit === 'possible' ? fit : paint.red(fit);
}

/** How long the waits of its steps last at most. */
function timeWords(longestMs: number | undefined): string {
  if (longestMs === undefined) return 'until resumed';
  return longestMs === 0 ? 'none' : `up to ${formatDuration(longestMs)}`;
}
