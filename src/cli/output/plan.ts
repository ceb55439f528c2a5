import { formatShare } from '../../base/share.ts';
import { replicasOf, tracksOf, weightOf } from '../../strategy/compile.ts';
import type { Plan, Step } from '../../strategy/plan.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { waitWords } from './words.ts';

/** A plan to show; what only a running coalmine knows may be absent. */
export interface ShownPlan {
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
  readonly plan: Plan;
  readonly unchanged: boolean;
  readonly replicas: number;
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
    waitWords(step.wait),
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
  ];
}

function weights(step: Step): string {
  const parts = tracksOf(step).filter((track) => weightOf(step, track) > 0);
  if (parts.length === 0) return 'nobody';
  return parts.map((track) => `${track} ${formatShare(weightOf(step, track))}`).join(', ');
}

function sizes(step: Step, replicas: number): string {
  const parts = tracksOf(step).map((track) => `${track} ${replicasOf(step, track, replicas)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
