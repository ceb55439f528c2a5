import { afterEach, beforeEach, expect, it } from 'vitest';
import { Bench } from './harness.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.create();
});
afterEach(async () => {
  await bench.destroy();
});

it('tells which browsers are let in, for whom and until when', async () => {
  await bench.serve();
  const { out } = await bench.run(['session', 'list']);
  expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['SESSION', 'OF', 'ROLE', 'ROLLOUTS', 'BEGAN', 'LAST USED', 'ENDS'],
    [
      '0123456789ab',
      'ana (claimed)',
      'viewer',
      'shop',
      ...Array<unknown>(3).fill(expect.stringMatching(/Z$/)),
    ],
    [''],
  ]);
  await bench.stop();
  await bench.serve({ listSessions: () => Promise.resolve([]), endSessions: () => Promise.resolve([]) });
  expect((await bench.run(['session', 'list'])).out).toContain('no browser is let in');
  expect((await bench.run(['session', 'end', '--all'])).out).toBe('there was no session to end\n');
});

it('ends the one that is named, those of a name, or all, and never all for want of a name', async () => {
  const fake = await bench.serve();
  for (const [argv, call] of [
    [['0123456789ab'], ['endSession', '0123456789ab']],
    [
      ['--name', 'ben'],
      ['endSessions', 'ben'],
    ],
    [['--all'], ['endSessions', undefined]],
  ] as const) {
    expect((await bench.run(['session', 'end', ...argv])).out).toBe('0123456789ab: ended\n');
    expect(fake.calls.at(-1)).toEqual(call);
  }
  for (const argv of [[], ['a', '--all'], ['--name', 'ben', '--all']]) {
    const refused = await bench.run(['session', 'end', ...argv]);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('not clear which')]);
  }
  expect(fake.calls).toHaveLength(3);
});
