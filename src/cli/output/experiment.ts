import type { JudgedVariant, VariantJudgement } from '../../analysis/experiment/variants.ts';
import type { Exposure } from '../../analysis/measurement.ts';
import { percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { wrap } from './text.ts';
import { verdictWord } from './words.ts';

/** What the users of each variant have done, how much better that is, and how sure it is. */
export function experimentLines(shown: VariantJudgement, width: number, paint: Paint): string[] {
  const { control, candidates } = shown;
  const rows = [
    [`  ${control.name}`, ...figures(control), '', ''],
    ...candidates.map((one) => [`  ${one.name}`, ...figures(one), ...comparison(one)]),
  ];
  const columns = [
    { title: '  variant' },
    { title: 'users', right: true },
    { title: shown.goal === undefined ? 'converted' : 'counted', right: true },
    { title: 'rate', right: true },
    { title: 'effect', right: true },
    { title: 'between' },
  ];
  return [
    ...wrap(`experiment: ${verdictWord(shown.verdict, paint)} — ${shown.reason}`, width),
    ...table(columns, rows),
  ];
}

function figures({ trials, events }: Exposure): readonly string[] {
  const rate = trials === 0 ? '' : percent(events / trials);
  return [String(trials), String(events), rate];
}

function comparison({ effect, interval }: JudgedVariant): readonly string[] {
  const [low, high] = interval ?? [null, null];
  const range = low === null || high === null ? '' : `${signed(low)} to ${signed(high)}`;
  return [effect === undefined ? '' : signed(effect), range];
}

function signed(effect: number): string {
  return effect < 0 ? `−${percent(-effect)}` : `+${percent(effect)}`;
}
