import { expect, test } from 'vitest';
import type { WindowGate } from '../../rollout/model-outside.ts';
import { isOpen, opensAt } from './window.ts';

function hours(from: string, to: string, more: Partial<WindowGate> = {}): WindowGate {
  const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
  return { kind: 'window', from: minutes(from), to: minutes(to), timeZone: 'UTC', ...more };
}

const at = (moment: string): number => Date.parse(moment);
const opening = (window: WindowGate, moment: string): string =>
  new Date(opensAt(window, at(moment))).toISOString().replace(':00.000Z', 'Z');

test('a window is open from its first minute until just before its last, on its days', () => {
  const window = hours('09:00', '16:00', { days: ['mon', 'tue'] });
  expect(isOpen(window, at('2026-11-30T08:59:59Z'))).toBe(false);
  expect(isOpen(window, at('2026-11-30T09:00:00Z'))).toBe(true);
  expect(isOpen(window, at('2026-12-01T15:59:59Z'))).toBe(true);
  expect(isOpen(window, at('2026-12-01T16:00:00Z'))).toBe(false);
  expect(isOpen(window, at('2026-12-02T12:00:00Z'))).toBe(false);
  expect(opening(window, '2026-12-01T16:00:00Z')).toBe('2026-12-07T09:00Z');
});

test('a window over midnight belongs to the day on which it opens', () => {
  const window = hours('22:00', '04:00', { days: ['fri'] });
  expect(isOpen(window, at('2026-12-04T21:59:00Z'))).toBe(false);
  expect(isOpen(window, at('2026-12-04T23:00:00Z'))).toBe(true);
  expect(isOpen(window, at('2026-12-05T03:59:00Z'))).toBe(true);
  expect(isOpen(window, at('2026-12-05T04:00:00Z'))).toBe(false);
  expect(isOpen(window, at('2026-12-05T22:30:00Z'))).toBe(false);
  expect(isOpen(window, at('2026-12-04T02:00:00Z'))).toBe(false);
});

test('one that closes when it opens is open for a whole day', () => {
  const window = hours('00:00', '00:00', { days: ['sat'] });
  expect(isOpen(window, at('2026-12-05T00:00:00Z'))).toBe(true);
  expect(isOpen(window, at('2026-12-05T23:59:00Z'))).toBe(true);
  expect(isOpen(window, at('2026-12-06T00:00:00Z'))).toBe(false);
});

test('it follows the clocks of its time zone', () => {
  const window = hours('09:00', '16:00', { timeZone: 'Europe/Madrid' });
  expect(isOpen(window, at('2026-07-01T07:00:00Z'))).toBe(true);
  expect(isOpen(window, at('2026-12-01T07:00:00Z'))).toBe(false);
  expect(isOpen(window, at('2026-12-01T08:00:00Z'))).toBe(true);
  expect(isOpen(hours('09:00', '16:00', { timeZone: 'Asia/Kathmandu' }), at('2026-12-01T03:15:00Z'))).toBe(
    true,
  );
});

// In Madrid clocks go from 02:00 to 03:00 on 2026-03-29 at 01:00Z, and from 03:00 to 02:00 on 2026-10-25 at 01:00Z.
test('a beginning that the clocks pass over is the moment at which they do', () => {
  const window = hours('02:30', '05:00', { timeZone: 'Europe/Madrid' });
  expect(isOpen(window, at('2026-03-29T00:59:00Z'))).toBe(false);
  expect(isOpen(window, at('2026-03-29T01:00:00Z'))).toBe(true);
  expect(opening(window, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00Z');
});

test('a window that the clocks pass over as a whole does not open that day', () => {
  const window = hours('02:10', '02:40', { timeZone: 'Europe/Madrid' });
  expect(opening(window, '2026-03-28T12:00:00Z')).toBe('2026-03-30T00:10Z');
});

test('a time that the clocks show twice is in the window twice', () => {
  const window = hours('02:15', '02:45', { timeZone: 'Europe/Madrid' });
  expect(
    ['00:14', '00:15', '00:45', '01:14', '01:15', '01:45'].map((clock) =>
      isOpen(window, at(`2026-10-25T${clock}:00Z`)),
    ),
  ).toEqual([false, true, false, false, true, false]);
  expect(opening(window, '2026-10-25T00:50:00Z')).toBe('2026-10-25T01:15Z');
});

test.each(['UTC', 'Europe/Madrid', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
  'in %s, what is told of the next opening is what a look at every minute finds',
  (timeZone) => {
    const windows = [
      hours('01:40', '02:10'),
      hours('23:30', '00:20', { days: ['sat'] }),
      hours('02:20', '02:50', { days: ['sun', 'mon'] }),
    ];
    for (const window of windows.map((one) => ({ ...one, timeZone }))) {
      for (const start of ['2026-03-27T12:07:00Z', '2026-10-30T23:59:00Z', '2026-04-03T20:00:00Z']) {
        let minute = at(start);
        if (isOpen(window, minute)) continue;
        const told = opensAt(window, minute);
        while (!isOpen(window, minute)) minute += 60_000;
        expect(told).toBe(minute);
      }
    }
  },
);
