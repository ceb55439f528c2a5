import { formatShare } from '../../base/share.ts';
import { matchWords } from '../../rollout/match.ts';
import { replicasOf, tracksOf, weightOf } from '../../strategy/capacity.ts';
import type { Plan, Step } from '../../strategy/plan.ts';
import type { ExperimentOutlook } from '../experiment-outlook.ts';
import type { Foresight } from '../foresight.ts';
import { experimentOutlookLines } from './experiment-outlook.ts';
import { foresightLines } from './foresight.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { stepWaitWords } from '../../client/words.ts';

/** A plan to show; what only a running coalmine knows may be absent. */
export interface ShownPlan {
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
  readonly plan: Plan;
  readonly unchanged: boolean;
  readonly replicas: number;
  /** What is promised about false alarms. */
  readonly promise?: readonly string[];
  /** What a router's counters are asked for errors and latency. */
  readonly counters?: readonly string[];
  /** What had better be written otherwise. */
  readonly warnings?: readonly string[];
  readonly foresight?: Foresight;
  readonly experiment?: ExperimentOutlook;
}

/** A plan as a table of its steps, with what to know before it runs. */
export function planLines(shown: ShownPlan, paint: Paint): string[] {
  const { name, from, to, plan, replicas } = shown;
  const versions = to === undefined ? '' : `  ${from ?? 'nothing'} → ${to}`;
  if (shown.unchanged)
    return [`${paint.bold(name)}${versions}`, 'nothing to release: this revision serves already'];
  const rows = plan.steps.map((step, index) => [
    String(index + 1),
    step.title,
    weights(step),
    sizes(step, replicas),
    stepWaitWords(step),
  ]);
  const columns = [
    { title: '#', right: true },
    { title: 'STEP' },
    { title: 'TRAFFIC' },
    { title: 'REPLICAS' },
    { title: 'WAIT' },
  ];
  return [
    `${paint.bold(name)}${versions}`,
    ...table(columns, rows),
    ...plan.notes.map((note) => `note: ${note}`),
    ...(shown.warnings ?? []).map((warning) => paint.yellow(`warning: ${warning}`)),
    ...(shown.experiment === undefined ? [] : experimentOutlookLines(shown.experiment)),
    ...(shown.promise ?? []).map((words) => `promise: ${words}`),
    ...(shown.counters ?? []).map((words) => `counted: ${words}`),
    ...(shown.foresight === undefined ? [] : foresightLines(shown.foresight, paint)),
  ];
}

function weights(step: Step): string {
  const parts = tracksOf(step).flatMap((track) => {
    const weight = weightOf(step, track);
    const match = step.matches?.[track];
    const words = [weight > 0 ? [formatShare(weight)] : [], match === undefined ? [] : [matchWords(match)]];
    return words.flat().length === 0 ? [] : [`${track} ${words.flat().join(' and ')}`];
  });
  const copies = (step.mirrors ?? []).map(
    ({ track, share }) => `copies of ${formatShare(share)} to ${track}`,
  );
  return parts.length === 0 ? 'nobody' : [...parts, ...copies].join(', ');
}

function sizes(step: Step, replicas: number): string {
  const parts = tracksOf(step).map((track) => `${track} ${replicasOf(step, track, replicas)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
