import { formatDuration } from '../base/duration.ts';
import { formatShare, FULL_SHARE } from '../base/share.ts';
import type { ShadowStrategy } from '../rollout/model.ts';
import { compileCanary } from './canary.ts';
import type { Plan, Step } from './plan.ts';

/**
 * Shadow: the candidate gets copies of requests, and no user an answer from it. After that it is stopped, and stable
 * stays; or it goes on as a canary.
 */
export function compileShadow({ share, methods, until, compare, then }: ShadowStrategy): Plan {
  const { requests, atMostMs } = until;
  const shadow: Step = {
    title: `shadow: copies of ${formatShare(share)} to the new version`,
    size: { stable: { share: FULL_SHARE }, shadow: { share } },
    weights: { stable: FULL_SHARE },
    mirrors: [{ track: 'shadow', share, methods, ...(compare === undefined ? {} : { compare }) }],
    wait: {
      kind: 'analyze',
      atLeastMs: 0,
      atMostMs,
      early: false,
      ...(requests === undefined ? {} : { requests }),
    },
    exclusive: false,
    promoting: false,
  };
  if (then !== undefined) {
    const { steps, notes } = compileCanary(then);
    return { steps: [shadow, ...steps], notes };
  }
  const notes = [
    `ends after ${formatDuration(atMostMs)} at most, and the old version stays: nothing is promoted`,
    'no way back is needed: no user is sent to the new version',
  ];
  return { steps: [shadow, LAST], notes, keepsStable: true };
}

const LAST: Step = {
  title: 'stop the new version',
  size: { stable: { share: FULL_SHARE } },
  weights: { stable: FULL_SHARE },
  wait: { kind: 'none' },
  exclusive: false,
  promoting: false,
};
