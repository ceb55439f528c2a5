import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CountedTick } from '../../engine/decision.ts';
import { deadlineIn } from '../../system/waiting.ts';
import { silentLog } from '../../telemetry/log.ts';
import type { ReleaseObject } from '../objects.ts';
import { aTick, SHOP, ticksFrom, TicksServer } from '../testing/ticks.ts';
import { keptTicks } from './kept-ticks.ts';
import { lengthOf, LONGEST, ticksIn } from './series.ts';
import { TickKeeper } from './tick-keeper.ts';

const RELEASE: ReleaseObject = {
  metadata: { namespace: 'web', name: 'shop-1', uid: 'r1' },
  spec: { rollout: 'shop', number: 1, to: 'r1-b' },
};
const soon = (): AbortSignal => new AbortController().signal;

describe('the ticks of a release', () => {
  let server: TicksServer;
  let release: ReleaseObject | undefined;
  let warned: string[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    server = new TicksServer();
    release = RELEASE;
    warned = [];
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const aKeeper = (): TickKeeper =>
    new TickKeeper({
      ...{ client: server.client, deadline: soon },
      log: { ...silentLog, warn: (message) => void warned.push(message) },
      releases: { find: () => Promise.resolve(release) },
    });
  const addTo = (keeper: TickKeeper, ticks: readonly CountedTick[]): void => {
    for (const tick of ticks) keeper.add(SHOP, tick);
  };
  const kept = (): readonly CountedTick[] => ticksIn(server.spec.parts);

  it('are written once a minute while it runs, whatever there is, and nothing is asked otherwise', async () => {
    const keeper = aKeeper();
    for (let second = 1; second <= 600; second += 1) {
      keeper.add(SHOP, aTick(second));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(server.asked.filter((verb) => verb !== 'get').length).toBeLessThanOrEqual(11);
    expect(kept().at(-1)?.at).toBeGreaterThan(540_000);
    const asked = server.asked.length;
    await vi.advanceTimersByTimeAsync(60_000);
    await keeper.end(SHOP, 1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(server.asked.length - asked).toBeLessThanOrEqual(1);
  });

  it('are written at its end, in an object that goes with its Release', async () => {
    const keeper = aKeeper();
    addTo(keeper, ticksFrom(1, 20));
    await keeper.end(SHOP, 1);
    expect(kept()).toEqual(ticksFrom(1, 20));
    expect(server.object?.metadata).toMatchObject({
      ...{ namespace: 'web', name: 'shop-1' },
      ownerReferences: [{ kind: 'Release', name: 'shop-1', uid: 'r1' }],
    });
  });

  it('go on under another operator, which measures again what the one before had not saved', async () => {
    const before = aKeeper();
    addTo(before, ticksFrom(1, 30));
    await before.allWritten(deadlineIn(10_000));
    // The status that was saved last is that of second 22.
    const after = aKeeper();
    const long = aTick(25);
    addTo(after, [{ ...long, tick: { ...long.tick, ms: 3_000 } }, ...ticksFrom(26, 10)]);
    await after.allWritten(deadlineIn(10_000));
    expect(kept().map(({ at }) => at / 1_000)).toEqual([
      ...ticksFrom(1, 22).map(({ at }) => at / 1_000),
      ...ticksFrom(25, 11).map(({ at }) => at / 1_000),
    ]);
  });

  it('go on after damage, which is told once, and what can be read is answered meanwhile', async () => {
    const before = aKeeper();
    addTo(before, ticksFrom(1, 10));
    await vi.advanceTimersByTimeAsync(60_000);
    addTo(before, ticksFrom(11, 10));
    await before.allWritten(deadlineIn(10_000));
    server.damage(0);
    const shop = { rollout: { namespace: 'web', name: 'shop' }, release: 1 };
    expect(await keptTicks(server.client, shop, soon())).toEqual(ticksFrom(11, 10));
    const after = aKeeper();
    for (let minute = 0; minute < 3; minute += 1) {
      addTo(after, ticksFrom(21 + minute * 10, 10));
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(kept()).toEqual(ticksFrom(11, 40));
    expect(warned).toEqual([expect.stringContaining('1 of 2 parts of ReleaseTicks shop-1 were damaged')]);
  });

  it('have a gap for what an operator that was killed had not written', async () => {
    const before = aKeeper();
    addTo(before, ticksFrom(1, 10));
    await vi.advanceTimersByTimeAsync(60_000);
    addTo(before, ticksFrom(11, 20));
    const after = aKeeper();
    addTo(after, ticksFrom(31, 10));
    await after.allWritten(deadlineIn(10_000));
    expect(kept()).toEqual([...ticksFrom(1, 10), ...ticksFrom(31, 10)]);
  });

  it('stay few when it is long, and tell of all that was counted', async () => {
    const keeper = aKeeper();
    for (let minute = 0; minute < 80; minute += 1) {
      addTo(keeper, ticksFrom(minute * 60 + 1, 60));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(lengthOf(server.spec.parts)).toBeLessThanOrEqual(LONGEST);
    }
    const requests = kept().reduce((sum, { tick }) => sum + tick.candidate.requests, 0);
    expect(requests).toBe(80 * 60 * 10);
    expect(server.spec.every).toBeGreaterThan(1);
    expect(kept().length).toBeGreaterThan(100);
  });

  it('are written later when they cannot be now, each once', async () => {
    const keeper = aKeeper();
    server.fails = true;
    addTo(keeper, ticksFrom(1, 10));
    await vi.advanceTimersByTimeAsync(60_000);
    server.fails = false;
    addTo(keeper, ticksFrom(11, 10));
    server.losesAnswer = true;
    await vi.advanceTimersByTimeAsync(60_000);
    addTo(keeper, ticksFrom(21, 10));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(kept()).toEqual(ticksFrom(1, 30));
  });

  it('take no more memory than they may when they can never be written', async () => {
    const keeper = aKeeper();
    server.fails = true;
    for (let minute = 0; minute < 60; minute += 1) {
      addTo(keeper, ticksFrom(minute * 60 + 1, 60));
      await vi.advanceTimersByTimeAsync(60_000);
    }
    server.fails = false;
    await keeper.allWritten(deadlineIn(10_000));
    expect(lengthOf(server.spec.parts)).toBeLessThanOrEqual(LONGEST);
    expect(kept().at(-1)?.at).toBe(3_600_000);
  });

  it('go where there is no Release any more that they could be of', async () => {
    const keeper = aKeeper();
    release = undefined;
    addTo(keeper, ticksFrom(1, 10));
    await keeper.end(SHOP, 1);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(server.asked).toEqual(['get']);
  });

  it('are forgotten with their Rollout', async () => {
    const keeper = aKeeper();
    addTo(keeper, ticksFrom(1, 10));
    keeper.forget('u1');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(server.asked).toEqual([]);
  });
});
