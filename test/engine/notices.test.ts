import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/engine/notices.ts';
import { NOTICE_MOMENTS, type Listener, type NoticeMoment } from '../../src/rollout/model-notify.ts';
import { histories } from './histories/arbitraries.ts';
import { play, type History } from './histories/history.ts';
import { findBreach, foundScript } from './histories/search.ts';
import { aRollout } from './rollouts.ts';
import { command, ERRONEOUS, GOOD, live, looks, lookUntil } from './scenes.ts';
import type { World } from './world.ts';

const listener = (name: string, ...on: readonly NoticeMoment[]): Listener => ({
  name,
  on: on.length === 0 ? NOTICE_MOMENTS : on,
  channel: { kind: 'webhook', url: { plain: 'http://x' }, format: 'json', headers: {} },
});

/** A live world with listeners, who have heard of nothing so far. */
function heardIn(...notify: readonly Listener[]): World {
  const world = live();
  world.rollout = aRollout({ notify });
  return world;
}

const told = ({ to, release, moment }: Notice): string => `${to}: ${release} ${moment}`;
const toldIn = (world: World): readonly string[] => world.listeners.sent.map(told);

function releaseUntilEnd(world: World, revision: number): void {
  const { length } = world.outcomes;
  world.happen({ kind: 'want', revision });
  lookUntil(world, () => world.outcomes.length > length);
  looks(world, 5);
}

describe('a listener', () => {
  it('hears of what it wants to, in its order, with one key for each', () => {
    const world = heardIn(listener('team'), listener('pager', 'rolledBack', 'promoted'));
    releaseUntilEnd(world, GOOD);
    releaseUntilEnd(world, ERRONEOUS);
    expect(toldIn(world).filter((one) => one.startsWith('team'))).toEqual([
      'team: 2 started',
      'team: 2 promoted',
      'team: 3 started',
      'team: 3 rolledBack',
    ]);
    expect(toldIn(world).filter((one) => one.startsWith('pager'))).toEqual([
      'pager: 2 promoted',
      'pager: 3 rolledBack',
    ]);
    const keys = world.listeners.sent.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(world.status.notices).toBeUndefined();
  });

  it('hears the reason, what was measured, and how many users were harmed', () => {
    const world = heardIn(listener('team', 'rolledBack'));
    releaseUntilEnd(world, ERRONEOUS);
    const [notice] = world.listeners.sent;
    expect(notice).toMatchObject({
      verdict: 'bad',
      revision: 'r1-2',
      stable: 'r1-0',
      reason: world.outcomes.at(-1)?.reason,
    });
    expect(notice?.findings[0]).toMatch(
      /^errors: bad, error ratio (×[\d.]+ of stable, )?95% (between|at least) ×/,
    );
    expect(notice?.served.errors).toBeGreaterThan(0);
  });

  it('hears of a pause and of a question, each time anew', () => {
    const world = heardIn(listener('team', 'paused', 'waiting'));
    world.rollout = {
      ...world.rollout,
      gates: [{ name: 'sre', at: 'switch', kind: 'approval', by: ['ana'], count: 1, otherwise: 'abort' }],
    };
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 4);
    for (const verb of ['pause', 'resume', 'pause', 'resume'] as const) {
      world.happen(command(verb));
      looks(world, 4);
    }
    lookUntil(world, () => world.status.phase === 'Waiting');
    looks(world, 4);
    expect(toldIn(world)).toEqual(['team: 2 paused', 'team: 2 paused', 'team: 2 waiting']);
    expect(world.listeners.sent.at(-1)?.reason).toContain('gate sre');
  });

  it('who does not answer holds up neither the release nor others, and that is told once', () => {
    const world = heardIn(listener('deaf'), listener('team'));
    world.listeners.answer = ({ to }) =>
      to === 'deaf' ? { kind: 'delayed', why: 'answered 500' } : { kind: 'taken' };
    releaseUntilEnd(world, GOOD);
    expect(toldIn(world)).toEqual(['deaf: 2 started', 'team: 2 started', 'team: 2 promoted']);
    expect(world.told('NotifyFailed')).toEqual([
      'deaf is not told yet: answered 500; it is tried again (started)',
    ]);
    expect(world.status.notices?.map(({ moment, trouble }) => [moment, trouble])).toEqual([
      ['started', 'answered 500'],
      ['promoted', undefined],
    ]);
    world.listeners.answer = () => ({ kind: 'taken' });
    looks(world, 5);
    expect(toldIn(world).at(-1)).toBe('deaf: 2 promoted');
    expect(world.status.notices).toBeUndefined();
  });

  it('who refuses is told of nothing twice', () => {
    const world = heardIn(listener('team'));
    world.listeners.answer = () => ({ kind: 'refused', why: 'answered 404' });
    releaseUntilEnd(world, GOOD);
    expect(world.told('NotifyFailed')).toEqual([
      'team is not told: answered 404 (started)',
      'team is not told: answered 404 (promoted)',
    ]);
  });

  it('who is taken out of the Rollout hears nothing more', () => {
    const world = heardIn(listener('deaf'));
    world.listeners.answer = () => undefined;
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 3);
    expect(world.status.notices).toHaveLength(1);
    world.rollout = aRollout();
    looks(world, 2);
    expect(world.status.notices).toBeUndefined();
  });

  it('keeps its thread for one release', () => {
    const world = heardIn(listener('team', 'started', 'promoted'));
    world.listeners.answer = ({ release }) => ({ kind: 'taken', thread: `thread ${release}` });
    releaseUntilEnd(world, GOOD);
    releaseUntilEnd(world, 10);
    expect(world.listeners.sent.map(({ release, thread }) => [release, thread])).toEqual([
      [2, undefined],
      [2, 'thread 2'],
      [3, undefined],
      [3, 'thread 3'],
    ]);
  });

  it('who is deaf for long makes the status no larger than fifty notices', () => {
    const world = heardIn(listener('deaf', 'started', 'aborted'));
    world.listeners.answer = () => undefined;
    for (let release = 0; release < 40; release += 1) {
      world.happen({ kind: 'want', revision: 100 + release });
      looks(world, 2);
      world.happen(command('abort'));
      looks(world, 3);
    }
    expect(world.status.notices?.length).toBe(50);
    expect(world.told('NotifyFailed').length).toBe(2 * world.outcomes.length - 2 - 50);
  });
});

describe('every outcome', () => {
  /** Each look tells listeners and hears of it, or not: some answers come late, and some are lost by a crash. */
  function playHeard(history: History): void {
    const rollout = { ...history.rollout, notify: [listener('team')] };
    let asked = 0;
    const world = play(
      { rollout, happenings: history.happenings },
      {
        before: ({ listeners }, happening) => {
          asked += 1;
          const isLate = happening !== undefined && asked % 3 === 0;
          listeners.answer = () => (isLate ? undefined : { kind: 'taken' });
        },
      },
    );
    for (let look = 0; look < 100 && world.status.notices !== undefined; look += 1)
      world.happen({ kind: 'look', afterMs: 1_000 });
    const first = new Map(world.listeners.sent.map((notice) => [notice.key, notice]));
    const ends = [...first.values()].filter(({ moment }) => ENDS.includes(moment));
    expect(ends.map(({ release, moment }) => `${release} ${moment}`)).toEqual(
      world.outcomes.map(({ release, outcome }) => `${release} ${outcome}`),
    );
  }
  const ENDS: readonly NoticeMoment[] = ['promoted', 'rolledBack', 'aborted', 'failed', 'completed'];

  it(
    'is one notice with one key in 200 random histories, and at least once told',
    { timeout: 120_000 },
    () => {
      const alone = histories.filter(({ others }) => others === undefined);
      const found = findBreach({ seed: 7, count: 200, among: alone, check: playHeard });
      if (found !== undefined) expect.fail(`a history went wrong:\n\n${foundScript(found)}\n`);
    },
  );
});
