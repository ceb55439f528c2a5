import { formatDuration } from '../../base/duration.ts';
import { wilsonInterval } from '../../analysis/experiment/wilson.ts';
import type { Distribution, Quantiles } from '../../simulate/distribution.ts';
import type { SimulatedRelease } from '../../simulate/result.ts';
import { percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { outcomeWord } from './words.ts';

/** For intervals of 95 %. */
const NORMAL_975 = 1.959964;

/** How releases ended, how long they took and how many requests they harmed: a line for each outcome. */
export function distributionTable(distributions: readonly Distribution[], paint: Paint): readonly string[] {
  if (distributions.length === 0) return ['nothing was released'];
  const isNamed = distributions.some(({ rollout }) => rollout !== undefined);
  const columns = [
    ...(isNamed ? [{ title: 'ROLLOUT' }] : []),
    { title: 'TO' },
    { title: 'RELEASES', right: true },
    { title: 'OUTCOMES' },
    { title: 'TOOK P50', right: true },
    { title: 'P90', right: true },
    { title: 'MAX', right: true },
    { title: 'HARMED P50', right: true },
    { title: 'P90', right: true },
    { title: 'MAX', right: true },
  ];
  const rows = distributions.map((one) => [
    ...(isNamed ? [one.rollout ?? ''] : []),
    one.version,
    String(one.releases),
    outcomeWords(one, paint),
    ...quantileCells(one.tookMs, formatDuration),
    ...quantileCells(one.harmed, (count) => count.toLocaleString('en')),
  ]);
  return table(columns, rows);
}

/** `promoted 98% (93–99%), rolled back 2% (0.6–7%)`: the shares, and what 95 % of such simulations would allow. */
function outcomeWords({ outcomes, releases }: Distribution, paint: Paint): string {
  const entries = Object.entries(outcomes) as [SimulatedRelease['outcome'], number][];
  return entries
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, count]) => {
      const word = outcome === 'unfinished' ? paint.yellow('not finished') : outcomeWord(outcome, paint);
      const [low, high] = wilsonInterval({ successes: count, trials: releases }, NORMAL_975);
      return `${word} ${percent(count / releases)} (${rough(low)} to ${rough(high)})`;
    })
    .join(', ');
}

function rough(share: number): string {
  return percent(Number(share.toPrecision(2)));
}

function quantileCells({ p50, p90, most }: Quantiles, words: (value: number) => string): readonly string[] {
  return [words(p50), words(p90), words(most)];
}
