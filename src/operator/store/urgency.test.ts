import { describe, expect, it } from 'vitest';
import { advance } from '../../engine/advance.ts';
import { NEW_STATUS, type Status } from '../../engine/status.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { resolveRollout } from '../../rollout/resolve/rollout.ts';
import { isUrgent, longestLagMs } from './urgency.ts';

const V1 = 'r1-one' as RevisionId;
const V2 = 'r1-two' as RevisionId;
const ROLLOUT = resolveRollout({
  metadata: { name: 'shop' },
  spec: {
    workload: { deployment: { name: 'shop' } },
    strategy: { canary: { steps: [{ replicas: 1 }, { pause: '10m' }] } },
  },
});

/** Two looks at a release that waits, a second apart. */
function waiting(): readonly [Status, Status] {
  let status: Status = { ...NEW_STATUS, stable: V1 };
  const groups = [V1, V2].map((revision) => ({ revision, running: 1, ready: 1 }));
  const looks = Array.from({ length: 10 }, (_, second) => {
    const seen = { wanted: { revision: V2, mode: 'strategy' as const }, groups };
    status = advance(ROLLOUT, status, seen, second * 1_000).status;
    return status;
  });
  return [looks[8] ?? NEW_STATUS, looks[9] ?? NEW_STATUS];
}

describe('what must be saved before anything is done', () => {
  it('is not that time has passed', () => {
    const [before, after] = waiting();
    expect(after).not.toEqual(before);
    expect(isUrgent(before, after)).toBe(false);
    expect(longestLagMs(after, 1)).toBeLessThan(longestLagMs({ ...NEW_STATUS, stable: V1 }, 1));
  });

  it('may wait the longer the more releases run, so that not more is written for more of them', () => {
    const [, after] = waiting();
    const writtenASecond = (running: number): number => (running / longestLagMs(after, running)) * 1_000;
    expect(longestLagMs(after, 2)).toBe(longestLagMs(after, 1));
    expect(writtenASecond(10_000)).toBe(writtenASecond(1_000));
  });

  it('is what is told of a Rollout at rest, which nothing comes after', () => {
    const three = { ...ROLLOUT, workload: { ...ROLLOUT.workload, replicas: 3 } };
    const [before = NEW_STATUS, after = NEW_STATUS] = [2, 1].map((ready) => {
      const groups = [{ revision: V1, running: 3, ready }];
      return advance(three, { ...NEW_STATUS, stable: V1 }, { groups }, 0).status;
    });
    expect(after.phase).toBe(before.phase);
    expect(isUrgent(before, after)).toBe(true);
    const kept = { revision: V2, leftMs: 60_000, seenAt: 0 };
    expect(isUrgent({ ...before, kept }, { ...after, kept: { ...kept, leftMs: 59_000 } })).toBe(false);
  });

  it('is every decision', () => {
    const [before] = waiting();
    const { release } = before;
    if (release === undefined) throw new Error('no release runs');
    const next: readonly Status[] = [
      { ...before, phase: 'Degraded' },
      { ...before, release: { ...release, paused: true } },
      { ...before, release: { ...release, step: release.step + 1 } },
      { ...before, rejected: [V2] },
      { ...NEW_STATUS, stable: V2 },
    ];
    for (const one of next) expect(isUrgent(before, one)).toBe(true);
  });
});
