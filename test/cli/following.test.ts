import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamMessage } from '../../src/api/resources.ts';
import { messages } from './fake.ts';
import { Bench } from './harness.ts';
import { anEvent, aReleasingView, aView, CANARY, STABLE } from './views.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

const end = (outcome: 'promoted' | 'rolledBack', revision = CANARY) => ({
  lastOutcome: { release: 2, revision, outcome, reason: 'the evidence' },
});
const ROLLED_BACK = aView({ phase: 'Degraded', wanted: CANARY, ...end('rolledBack') });
const PROMOTED = aView({ stable: CANARY, wanted: CANARY, ...end('promoted') });

const snapshots = (...views: readonly ReturnType<typeof aView>[]): StreamMessage[] =>
  views.map((rollout) => ({ kind: 'rollout', rollout }));

describe('release', () => {
  it('sends absolute paths', async () => {
    const fake = await bench.serve();
    const ran = await bench.run([
      ...['release', 'shop', '--from', './new', '--set', 'a=1', '--set', 'b=2'],
      ...['--env-file', '.env', '--env-file', '/etc/x', '--insist'],
    ]);
    expect(ran).toMatchObject({
      code: 0,
      out: `shop: updated, releasing ${CANARY}; see it with "coalmine watch shop"\n`,
    });
    const request = {
      from: join(bench.dir, 'new'),
      set: ['a=1', 'b=2'],
      envFiles: [join(bench.dir, '.env'), '/etc/x'],
      insist: true,
    };
    expect(fake.calls).toContainEqual(['release', 'shop', request]);
  });

  it('waits for the promotion and exits 0', async () => {
    await bench.serve({ stream: (_, signal) => messages(snapshots(aReleasingView(), PROMOTED), signal) });
    const ran = await bench.run(['release', 'shop', '--wait']);
    expect(ran.code).toBe(0);
    expect(ran.out.split('\n').at(-2)).toBe('shop: release 2 promoted: the evidence');
    expect(ran.out).toContain('shop  Progressing  step 1/4 waiting  stable 95%, canary 5%  undecided');
  });

  it('exits 3 when it is rolled back, with one JSON object for programs', async () => {
    await bench.serve({ stream: (_, signal) => messages(snapshots(aReleasingView(), ROLLED_BACK), signal) });
    const ran = await bench.run(['release', 'shop', '--wait', '--output', 'json']);
    expect(ran.code).toBe(3);
    expect(JSON.parse(ran.out)).toEqual({
      name: 'shop',
      reached: false,
      outcome: 'rolledBack',
      message: 'shop: release 2 rolled back: the evidence',
    });
  });

  it('exits 0 when that version serves already', async () => {
    await bench.serve({
      release: () => Promise.resolve({ name: 'shop', revision: STABLE, created: false, released: false }),
      stream: (_, signal) => messages(snapshots(aView()), signal),
    });
    expect((await bench.run(['release', 'shop', '--wait'])).code).toBe(0);
  });

  it('exits 4 when time is over, and says that the release goes on', async () => {
    await bench.serve({ stream: (_, signal) => messages(snapshots(aReleasingView()), signal) });
    const ran = await bench.run(['release', 'shop', '--wait', '--timeout', '50ms']);
    expect(ran.code).toBe(4);
    expect(ran.err).toContain('It goes on');
  });

  it('exits 130 on Ctrl-C, and says that the release goes on', async () => {
    await bench.serve({ stream: (_, signal) => messages(snapshots(aReleasingView()), signal) });
    const interruption = new AbortController();
    const ran = await bench.run(['release', 'shop', '--wait'], {
      interrupted: interruption.signal,
      onOutput: (text) => {
        if (text.includes('Progressing')) interruption.abort();
      },
    });
    expect(ran.code).toBe(130);
    expect(ran.err).toContain('goes on');
  });

  it('exits 7 without such a Rollout', async () => {
    await bench.serve();
    expect((await bench.run(['release', 'nothing', '--wait'])).code).toBe(7);
  });
});

describe('wait', () => {
  it.each([
    ['promoted', aView(), 0],
    ['promoted', ROLLED_BACK, 3],
    ['healthy', aView(), 0],
    ['Degraded', ROLLED_BACK, 0],
    ['paused', aView(), 3],
  ])('for %s exits with what came', async (condition, view, code) => {
    await bench.serve({ stream: (_, signal) => messages(snapshots(view), signal) });
    expect((await bench.run(['wait', 'shop', '--for', condition])).code).toBe(code);
  });

  it('refuses what is no condition, with what was meant', async () => {
    await bench.serve();
    const ran = await bench.run(['wait', 'shop', '--for', 'helthy']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('Did you mean healthy?');
  });

  it('exits 7 when the Rollout is deleted meanwhile', async () => {
    const gone: StreamMessage[] = [...snapshots(aReleasingView()), { kind: 'deleted', name: 'shop' }];
    await bench.serve({ stream: (_, signal) => messages(gone, signal) });
    expect((await bench.run(['wait', 'shop'])).code).toBe(7);
  });
});

describe('watch', () => {
  const story: StreamMessage[] = [
    ...snapshots(aReleasingView()),
    { kind: 'event', event: anEvent(8) },
    ...snapshots(aReleasingView({ stageMs: 11_000 }), aReleasingView({ step: 1 }), ROLLED_BACK),
  ];

  it('prints a line per change when piped, and ends with the release', async () => {
    await bench.serve({ stream: (_, signal) => messages(story, signal) });
    const ran = await bench.run(['watch', 'shop']);
    expect(ran.code).toBe(0);
    expect(ran.out.trimEnd().split('\n')).toEqual([
      'shop  Progressing  step 1/4 waiting  stable 95%, canary 5%  undecided  no harm so far; at most 110s more',
      'shop  03:04:13Z  StepStarted  step 8',
      'shop  Progressing  step 2/4 waiting  stable 95%, canary 5%  undecided  no harm so far; at most 110s more',
      `shop  Degraded  ${STABLE}  stable 100%  ${STABLE} serves, 3 ready`,
      'shop: release 2 rolled back: the evidence',
    ]);
  });

  it('takes a screen of its own on a terminal, gives it back, and leaves what was shown last', async () => {
    await bench.serve({ stream: (_, signal) => messages(story, signal) });
    const { out } = await bench.run(['watch', 'shop'], { isTerminal: true, env: { NO_COLOR: '1' } });
    expect(out.startsWith('\u001B[?1049h\u001B[?25l')).toBe(true);
    const left = out.slice(out.lastIndexOf('\u001B[?1049l'));
    expect(left).toContain('release 2 of r1-bbbbbbbbbbbb rolled back: the evidence');
    expect(left).toContain('StepStarted  step 8');
    expect(out.lastIndexOf('\u001B[?25h')).toBeGreaterThan(out.lastIndexOf('\u001B[?25l'));
  });

  it('gives the cursor back on Ctrl-C', async () => {
    await bench.serve({ stream: (_, signal) => messages(snapshots(aReleasingView()), signal) });
    const interruption = new AbortController();
    const ran = await bench.run(['watch', 'shop'], {
      isTerminal: true,
      interrupted: interruption.signal,
      onOutput: (text) => {
        if (text.includes('Progressing')) interruption.abort();
      },
    });
    expect(ran.code).toBe(130);
    expect(ran.out.lastIndexOf('\u001B[?25h')).toBeGreaterThan(ran.out.lastIndexOf('\u001B[?25l'));
  });

  it('prints messages as they come for programs', async () => {
    await bench.serve({ stream: (_, signal) => messages(story, signal) });
    const { out } = await bench.run(['watch', 'shop', '--output', 'json']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(story);
  });

  it('goes on with the next server after a crash of the first', async () => {
    await bench.serve({ stream: (_, signal) => messages(snapshots(aReleasingView()), signal) });
    let restarted: Promise<unknown> | undefined;
    const ran = await bench.run(['watch', 'shop'], {
      onOutput: (text) => {
        if (!text.includes('Progressing')) return;
        restarted ??= bench
          .stop()
          .then(() => bench.serve({ stream: (_, signal) => messages(snapshots(PROMOTED), signal) }));
      },
    });
    await restarted;
    expect(ran.code).toBe(0);
    expect(ran.err).toContain('looking for it again');
    expect(ran.out).toContain('shop: release 2 promoted: the evidence');
  });
});
