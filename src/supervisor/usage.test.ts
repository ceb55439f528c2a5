import { describe, expect, test } from 'vitest';
import type { RevisionId } from '../rollout/model.ts';
import { parseStatUsage } from './usage-linux.ts';
import { sumUsage } from './usage-macos.ts';
import { UsageMeter, type GroupUsage } from './usage.ts';

const revision = 'r1-a' as RevisionId;

describe('a meter', () => {
  function meterOf() {
    const groups = new Map<number, GroupUsage>();
    let now = 1_000;
    const meter = new UsageMeter(
      (ids) => Promise.resolve(new Map([...groups].filter(([id]) => ids.has(id)))),
      () => now,
    );
    return {
      after: async (ms: number, cpuMs: number) => {
        now += ms;
        groups.set(7, { cpuMs, rssBytes: 5 });
        return (await meter.measure([{ instance: 'a', revision, pid: 7 }]))[0];
      },
      measure: (pid: number) => meter.measure([{ instance: 'b', revision, pid }]),
    };
  }

  test('knows cores from the second measurement on', async () => {
    const { after } = meterOf();
    expect(await after(0, 10_000)).toEqual({ instance: 'a', revision, rssBytes: 5 });
    expect(await after(1_000, 10_250)).toEqual({ instance: 'a', revision, rssBytes: 5, cores: 0.25 });
    expect(await after(2_000, 14_250)).toMatchObject({ cores: 2 });
  });

  test('asked again at once, says what it said', async () => {
    const { after } = meterOf();
    await after(0, 0);
    await after(1_000, 500);
    expect(await after(20, 520)).toMatchObject({ cores: 0.5 });
    expect(await after(980, 1_500)).toMatchObject({ cores: 1 });
  });

  test('says nothing of a time that is long over, or in which processes left without being counted', async () => {
    const { after } = meterOf();
    await after(0, 0);
    expect(await after(120_000, 60_000)).not.toHaveProperty('cores');
    expect(await after(1_000, 60_500)).toMatchObject({ cores: 0.5 });
    expect(await after(1_000, 10)).not.toHaveProperty('cores');
    expect(await after(1_000, 1_010)).toMatchObject({ cores: 1 });
  });

  test('leaves out what is gone', async () => {
    expect(await meterOf().measure(8)).toEqual([]);
  });
});

describe('the line of a process in /proc', () => {
  const rest = '1 77 77 0 -1 4194560 9 9 9 9 150 50 30 20 20 0 11 0 4321 1073741824 256 18446744073709551615';
  const units = { pageBytes: 4_096, ticksPerSecond: 100 };
  const usage = { groupId: 77, cpuMs: 2_500, rssBytes: 1_048_576 };

  test.each([
    ['of a usual process', `77 (node) S ${rest}`, usage],
    ['of one with a name like fields', `77 (a) S 1 2) R 9 (b)) R ${rest}`, usage],
    ['of one that has ended', `77 (node) Z ${rest}`, undefined],
    ['cut short', '77 (node) S 1 77', undefined],
    ['empty', '', undefined],
  ])('%s', (_, line, expected) => {
    expect(parseStatUsage(line, units)).toEqual(expected);
  });

  test('is read in the units of the kernel', () => {
    expect(parseStatUsage(`77 (node) S ${rest}`, { pageBytes: 65_536, ticksPerSecond: 1_000 })).toEqual({
      groupId: 77,
      cpuMs: 250,
      rssBytes: 16_777_216,
    });
  });
});

test('what `ps` prints on macOS is summed by group', () => {
  const text = [
    '   77  1024   0:01.50',
    '   77   512 1-00:00:01.00',
    '   78     1   1:02:03.04',
    '   79     1   0:01.00',
    'garbage',
    '   77     x   0:01.00',
    '   77     1   soon',
    '',
  ].join('\n');
  expect(sumUsage(text, new Set([77, 78, 80]))).toEqual(
    new Map([
      [77, { cpuMs: 86_402_500, rssBytes: 1_536 * 1_024 }],
      [78, { cpuMs: 3_723_040, rssBytes: 1_024 }],
    ]),
  );
});
