import { counted, fractionOf, percent } from '../../../../src/client/browser.ts';
import type { JudgedVariant, VariantJudgement } from '../../../../src/analysis/experiment/variants.ts';
import type { Exposure } from '../../../../src/analysis/measurement.ts';
import type { Plan } from '../../../../src/strategy/plan.ts';
import { DataTable } from './data-table.tsx';
import { IntervalPicture } from './interval-picture.tsx';
import { VerdictMark } from './verdict-mark.tsx';

const COLUMNS = [
  { title: 'Variant' },
  { title: 'Planned share', isNumber: true },
  { title: 'Users', isNumber: true },
  { title: 'Reached the goal', isNumber: true },
  { title: 'Rate', isNumber: true },
  { title: 'Effect', isNumber: true },
  { title: '95 % interval', isNumber: true },
  { title: 'Verdict' },
];

/** What the users of each variant have done, and how sure it is who is better. */
export function Experiment({ judged, plan }: { judged: VariantJudgement; plan: Plan }) {
  const { control, candidates } = judged;
  return (
    <>
      <h3>Experiment</h3>
      <p>
        <VerdictMark verdict={judged.verdict} /> {judged.reason}
      </p>
      <p>{goalWords(judged)}</p>
      <IntervalPicture variants={candidates} />
      <DataTable
        caption="Variants and what their users did"
        columns={COLUMNS}
        rows={[
          [control.name, shareWords(plan, 'stable'), ...counts(control), '–', '–', 'runs today'],
          ...candidates.map((one) => [
            one.name,
            shareWords(plan, `variant:${one.name}`),
            ...counts(one),
            ...comparison(one),
            <VerdictMark verdict={one.verdict} />,
          ]),
        ]}
      />
    </>
  );
}

function goalWords({ goal, leader, isDecided, candidates }: VariantJudgement): string {
  const { what, better } = goal ?? { what: 'convert', better: 'more' };
  const users = candidates.reduce((sum, { trials }) => sum + trials, 0);
  const best = leader === undefined ? '' : ` Best by now: ${leader}.`;
  const decided = isDecided ? ' More users would not change what is known.' : '';
  return `The goal: ${better} users ${what}. ${counted(users, 'user')} of what is tried are counted.${best}${decided}`;
}

function shareWords({ steps }: Plan, track: string): string {
  const step = steps.find(({ experiment }) => experiment !== undefined) ?? steps[0];
  const share = Object.entries(step?.weights ?? {}).find(([one]) => one === track)?.[1];
  return share === undefined ? '–' : percent(fractionOf(share));
}

function counts({ trials, events }: Exposure): readonly string[] {
  return [String(trials), String(events), trials === 0 ? '–' : percent(events / trials)];
}

function comparison({ effect, interval }: JudgedVariant): readonly string[] {
  const [low, high] = interval ?? [null, null];
  const range = low === null || high === null ? '–' : `${signed(low)} to ${signed(high)}`;
  return [effect === undefined ? '–' : signed(effect), range];
}

function signed(effect: number): string {
  return effect < 0 ? `−${percent(-effect)}` : `+${percent(effect)}`;
}
