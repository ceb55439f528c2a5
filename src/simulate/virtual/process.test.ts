import { describe, expect, it } from 'vitest';
import { localWorkload } from '../../rollout/local-workload.ts';
import { aVersion, aWebService } from '../testing/scenarios.ts';
import type { Version } from '../scenario/model.ts';
import { VirtualProcess } from './process.ts';

const workload = localWorkload(aWebService().workload);

/** A process that was started at 0; delays between starts are those of the policy. */
function aProcess(
  differences: Partial<Version> = {},
  settings: Partial<typeof workload> = {},
): VirtualProcess {
  const process = new VirtualProcess(aVersion(differences), { ...workload, ...settings }, () => 0.5);
  process.start(0);
  return process;
}

describe('a virtual process', () => {
  it('is ready when it has started up, and stays so', () => {
    const process = aProcess();
    process.passTo(1_999);
    expect([process.isRunning, process.isReady]).toEqual([true, false]);
    process.passTo(2_000);
    expect(process.isReady).toBe(true);
    process.passTo(1e9);
    expect([process.isReady, process.untilMs]).toEqual([true, Infinity]);
  });

  it('is ready at once where nobody asks it', () => {
    const { ready: _, ...unasked } = workload;
    const process = new VirtualProcess(aVersion(), unasked, () => 0.5);
    process.start(0);
    expect(process.isReady).toBe(true);
  });

  it('that crashes again and again is told of, as the supervisor does', () => {
    const process = aProcess({ crashAfterMs: 100 });
    process.passTo(100);
    expect([process.isRunning, process.failing]).toEqual([false, undefined]);
    process.passTo(10_000);
    expect(process.failing).toMatch(/^crashed \d+ times in a row: exit code 1$/);
  });

  it('that crashes seldom is only started again', () => {
    const process = aProcess({ crashAfterMs: 3_600_000 });
    process.passTo(5 * 3_600_000 + 60_000);
    expect([process.isReady, process.failing]).toEqual([true, undefined]);
  });

  it('that is not ready in time is told of, and given more time', () => {
    const process = aProcess({ startUpMs: 50_000 });
    process.passTo(30_000);
    expect(process.failing).toBe('not ready within 30s');
    process.passTo(200_000);
    expect([process.isReady, process.failing]).toEqual([true, undefined]);
  });

  it('comes back when it is killed', () => {
    const process = aProcess();
    process.passTo(5_000);
    process.crash(5_000);
    expect(process.isRunning).toBe(false);
    process.passTo(10_000);
    expect(process.isReady).toBe(true);
  });

  it('finishes what it has begun when it is stopped, and does not come back', () => {
    const process = aProcess();
    process.passTo(5_000);
    process.retire(5_000);
    expect([process.isRunning, process.isReady]).toEqual([true, false]);
    process.passTo(10_000);
    expect(process.isGone).toBe(true);
  });

  it('goes through a year of crashes in no time', () => {
    const process = aProcess({ crashAfterMs: 1 });
    process.passTo(365 * 86_400_000);
    expect(process.untilMs).toBeGreaterThan(365 * 86_400_000);
  });
});
