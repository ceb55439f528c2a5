import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Schedule } from './schedule.ts';

const nothing = (): void => undefined;

it('hands out what is to be done in the order of time, and of making within a moment', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(20), fc.constant(undefined))), (steps) => {
      const schedule = new Schedule();
      let waiting: { readonly atMs: number; readonly run: () => void }[] = [];
      const takeOne = (): void => {
        const first = waiting.find(({ atMs }) => atMs === Math.min(...waiting.map((one) => one.atMs)));
        expect(schedule.next()?.run).toBe(first?.run);
        waiting = waiting.filter((one) => one !== first);
      };
      for (const step of steps) {
        if (step === undefined) takeOne();
        else {
          const appointment = { atMs: step, run: () => undefined };
          schedule.add(appointment);
          waiting.push(appointment);
        }
      }
      while (waiting.length > 0) takeOne();
      expect(schedule.next()).toBeUndefined();
    }),
  );
});

it('is empty at first', () => {
  expect(new Schedule().next()).toBeUndefined();
  const schedule = new Schedule();
  schedule.add({ atMs: 1, run: nothing });
  expect(schedule.next()?.atMs).toBe(1);
});
