import { expect, it } from 'vitest';
import { aRollout } from '../../../test/engine/rollouts.ts';
import { NOTHING_KNOWN, playable } from './playable.ts';

it('what is played tells no listeners', () => {
  const channel = { kind: 'slack', by: { webhook: { env: 'SLACK_URL' } } } as const;
  const declared = aRollout({ notify: [{ name: 'team', on: ['promoted'], channel }] });
  const { rollout, notes } = playable(declared, NOTHING_KNOWN);
  expect([rollout.notify, notes]).toEqual([[], []]);
});
