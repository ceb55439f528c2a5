import { dateTime, formatDuration } from '../../../src/client/browser.ts';
import type { MaintenanceView, ReleaseView, RolloutView } from '../../../src/client/index.ts';
import type { Panel } from './panel.ts';

/** What it stands at: a gate, a hook, its way back, what it follows, closed doors. */
export const STANDING: Panel = {
  id: 'standing',
  title: 'Where it stands',
  isFor: (rollout) => factsOf(rollout).length > 0,
  Body: StandingBody,
};

function StandingBody({ rollout }: { rollout: RolloutView }) {
  return (
    <dl class="facts">
      {factsOf(rollout).map(([title, words]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

type Fact = readonly [title: string, words: string];

function factsOf({ release, maintenance, following, standing }: RolloutView): readonly Fact[] {
  return [
    ...(release === undefined ? [] : releaseFacts(release)),
    ...(maintenance === undefined ? [] : [['Closed to its users', maintenanceWords(maintenance)] as const]),
    ...(following === undefined ? [] : [['Follows', followingWords(following)] as const]),
    ...(standing === undefined ? [] : [['Stable against itself', standing.reason] as const]),
  ];
}

function releaseFacts({ goingBack, held }: ReleaseView): readonly Fact[] {
  return [
    ...(held === undefined
      ? []
      : [
          [
            `At the ${held.kind} ${held.name}`,
            `${heldWords(held.kind)}, for ${formatDuration(held.forMs)} by now`,
          ] as const,
        ]),
    ...(goingBack === undefined ? [] : [['Going back', goingBack.reason] as const]),
  ];
}

function heldWords(kind: 'gate' | 'hook'): string {
  return kind === 'gate' ? 'it waits for a yes' : 'it waits for the hook to end';
}

function maintenanceWords({ since, message, hasPage, holdMs, allowHeader }: MaintenanceView): string {
  return [
    `since ${dateTime(since)}`,
    ...(message === undefined ? [] : [`“${message}”`]),
    ...(hasPage ? ['with a page of its own'] : []),
    ...(holdMs === undefined ? [] : [`requests wait for up to ${formatDuration(holdMs)}`]),
    ...(allowHeader === undefined ? [] : [`a value of ${allowHeader} lets requests in`]),
  ].join(', ');
}

function followingWords({ rollout, problem }: NonNullable<RolloutView['following']>): string {
  if (problem === undefined) return `what is stable at ${rollout}`;
  return `${rollout}; cannot since ${dateTime(problem.since)}: ${problem.message}`;
}
