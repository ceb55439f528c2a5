import { formatDuration } from '../base/duration.ts';
import type { Rollout } from '../rollout/model.ts';
import { peakOf } from './capacity.ts';
import { takesTime, type Plan } from './plan.ts';

/** What can be said of any plan: what it costs, and what its steps can decide. */
export function notesOn(rollout: Rollout, plan: Plan, hasStable: boolean): readonly string[] {
  const { replicas } = rollout.workload;
  const notes = [`peak: ${peakOf(plan, replicas, hasStable)} replicas at once, ${replicas} at rest`];
  const longestMs = Math.max(
    0,
    ...plan.steps.map(({ wait }) => (wait.kind === 'analyze' ? wait.atMostMs : 0)),
  );
  if (longestMs > 0 && (rollout.analysis?.checks.length ?? 0) === 0) {
    notes.push(
      `no checks: each step takes its longest time (up to ${formatDuration(longestMs)}), and only a version that cannot stay up is rolled back`,
    );
  }
  return [...notes, ...warmUpNotes(rollout, plan), ...neighbourNotes(rollout, plan)];
}

/** From when on something counts, which the times of the steps do not tell. */
function warmUpNotes({ analysis }: Rollout, { steps }: Plan): readonly string[] {
  if (analysis === undefined || analysis.checks.length === 0 || analysis.warmUpMs === 0) return [];
  if (!steps.some(takesTime)) return [];
  const after = formatDuration(analysis.warmUpMs);
  return [
    `evidence begins to count ${after} after the new version's first request (warmUp); before that it is rolled back only when it cannot stay up`,
  ];
}

/** What the names of gates that wait for other Rollouts do not tell. */
function neighbourNotes({ gates }: Rollout, { steps }: Plan): readonly string[] {
  const isMet = (name: string): boolean =>
    steps.some(({ hurdles = [] }) => hurdles.some((one) => one.kind === 'gate' && one.name === name));
  return gates.flatMap((gate) => {
    if (gate.kind !== 'rollout' || !isMet(gate.name)) return [];
    const { name, rollout: other, phase, same, forMs } = gate;
    const runs = same === undefined ? '' : `runs the same ${same} and `;
    const lasts = forMs === undefined ? '' : `, for ${formatDuration(forMs)} without interruption`;
    return [`gate ${name} waits until ${other} ${runs}is ${phase}${lasts}`];
  });
}
