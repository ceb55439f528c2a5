import type { Rollout } from '../rollout/model.ts';
import type { Obstacle } from './status/conditions.ts';

/** What a Rollout asks for that `coalmine up` does and the operator does not, in words. */
const LACKS: readonly (readonly [string, (rollout: Rollout) => boolean])[] = [
  [
    'gates that wait for the same artefact',
    ({ gates }) => gates.some((gate) => gate.kind === 'rollout' && gate.same === 'artefact'),
  ],
  ['groups', ({ group }) => group !== undefined],
  [
    'checks of usage',
    ({ analysis }) => (analysis?.checks ?? []).some(({ metric }) => metric.kind === 'usage'),
  ],
];

/** What a Rollout asks for and would wait for without end; undefined where it can have all. */
export function lackOf(rollout: Rollout): Obstacle | undefined {
  const lacks = LACKS.flatMap(([what, asks]) => (asks(rollout) ? [what] : []));
  if (lacks.length === 0) return undefined;
  return {
    reason: 'NotBuilt',
    message: `the operator does not do this yet: ${lacks.join(', ')}; take it out of the Rollout`,
  };
}
