import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memberState, peersAmong, type Member, type MemberState } from '../../src/engine/group.ts';
import type { GroupSettings } from '../../src/rollout/model-group.ts';
import { started } from './histories/history.ts';
import { aRollout } from './rollouts.ts';
import { command, CRASHING, ERRONEOUS, GOOD } from './scenes.ts';
import { DEATHS, revision, type World } from './world.ts';

const TOGETHER = 'shop-1';

/** Rollouts that are released as one, each in a world of its own. */
class Together {
  readonly worlds: ReadonlyMap<string, World>;

  constructor(members: Readonly<Record<string, Partial<GroupSettings>>>) {
    const usual = { name: 'shop', order: 1, onFailure: 'undo' } as const;
    this.worlds = new Map(
      Object.entries(members).map(([name, group]) => {
        const world = started(aRollout({ name, group: { ...usual, ...group } }));
        world.peers = () => peersAmong(this.members, { name, group: 'shop', together: TOGETHER });
        return [name, world];
      }),
    );
  }

  get members(): readonly Member[] {
    return [...this.worlds.values()].map(({ rollout, status, wanted }) => ({
      rollout,
      status,
      ...(wanted === undefined ? {} : { wanted }),
    }));
  }

  world(name: string): World {
    return this.worlds.get(name)!;
  }

  state(name: string): MemberState | undefined {
    return memberState(this.members.find(({ rollout }) => rollout.name === name)!);
  }

  get states(): Readonly<Record<string, MemberState | undefined>> {
    return Object.fromEntries([...this.worlds.keys()].map((name) => [name, this.state(name)]));
  }

  /** What each runs now, once everything has ended. */
  get stable(): Readonly<Record<string, string | undefined>> {
    return Object.fromEntries([...this.worlds].map(([name, { status }]) => [name, status.stable]));
  }

  /** Asks for a release of all, of these revisions. */
  release(revisions: Readonly<Record<string, number>>): this {
    for (const [name, n] of Object.entries(revisions))
      this.world(name).happen({ kind: 'want', revision: n, together: TOGETHER });
    return this;
  }

  /** Everybody is looked at so often; told after each look. */
  looks(count: number, after: () => void = () => undefined): this {
    for (let look = 0; look < count; look += 1) {
      for (const world of this.worlds.values()) {
        world.happen({ kind: 'look', afterMs: 1_000 });
        after();
      }
    }
    return this;
  }

  /** Until nothing has gone on for a while: the end of one release may be the beginning of another. */
  end(after?: () => void): this {
    for (let [looks, quiet] = [0, 0]; looks < 3_000 && quiet < 10; looks += 1) {
      this.looks(1, after);
      quiet = this.#isQuiet() ? quiet + 1 : 0;
    }
    return this;
  }

  #isQuiet(): boolean {
    const isIdle = [...this.worlds.values()].every(({ status }) => status.release === undefined);
    return isIdle && !Object.values(this.states).includes('waiting');
  }
}

describe('a release of a group', () => {
  it('begins in its order, and each only after those before it are promoted', () => {
    const group = new Together({ web: { order: 2 }, worker: { order: 1 }, cron: { order: 3 } });
    group.release({ web: GOOD, worker: GOOD, cron: GOOD });
    const seen: string[] = [];
    group.end(() => {
      const running = Object.keys(group.states).filter((name) => group.state(name) === 'running');
      expect(running.length).toBeLessThanOrEqual(1);
      for (const name of running) if (seen.at(-1) !== name) seen.push(name);
    });
    expect(seen).toEqual(['worker', 'web', 'cron']);
    expect(group.states).toEqual({ web: 'promoted', worker: 'promoted', cron: 'promoted' });
  });

  it('begins all members of one order at once, or as many as it may', () => {
    const most = (concurrency?: number): number => {
      const settings = concurrency === undefined ? {} : { concurrency };
      const group = new Together({ a: settings, b: settings, c: settings, d: settings });
      group.release({ a: GOOD, b: GOOD, c: GOOD, d: GOOD });
      let atOnce = 0;
      group.end(() => {
        const running = Object.values(group.states).filter((state) => state === 'running');
        atOnce = Math.max(atOnce, running.length);
      });
      expect(new Set(Object.values(group.states))).toEqual(new Set(['promoted']));
      return atOnce;
    };
    expect([most(), most(1), most(2)]).toEqual([4, 1, 2]);
  });

  it('says of whom it waits for', () => {
    const group = new Together({ web: { order: 2 }, worker: { order: 1 } });
    group.release({ web: GOOD, worker: GOOD }).looks(2);
    const { phase, message } = group.world('web').status;
    expect([phase, message]).toEqual([
      'Waiting',
      'r1-5 waits for worker of its group shop, which is being released; r1-0 serves',
    ]);
  });

  it('that fails late takes back what was promoted, and rejects it', () => {
    const group = new Together({ web: { order: 1 }, worker: { order: 2 } });
    group.release({ web: GOOD, worker: ERRONEOUS }).end();
    expect(group.states).toEqual({ web: 'undone', worker: 'rolledBack' });
    expect(group.stable).toEqual({ web: 'r1-0', worker: 'r1-0' });
    const { status, outcomes } = group.world('web');
    expect(outcomes.at(-1)?.reason).toBe('undone: r1-5, because worker of its group shop is going back');
    expect(status.rejected).toEqual([revision(GOOD)]);
  });

  it('that fails takes back what is under way, and never begins what waits', () => {
    const group = new Together({ bad: {}, beside: {}, later: { order: 2 } });
    group.release({ bad: CRASHING, beside: GOOD, later: GOOD }).end();
    expect(group.states).toEqual({ bad: 'rolledBack', beside: 'aborted', later: 'dropped' });
    expect(group.world('later').outcomes).toHaveLength(1);
    expect(group.world('later').status.phase).toBe('Healthy');
  });

  it('leaves what says so as it is', () => {
    const group = new Together({ web: { onFailure: 'keep' }, worker: { order: 2 } });
    group.release({ web: GOOD, worker: ERRONEOUS }).end();
    expect(group.stable).toEqual({ web: revision(GOOD), worker: 'r1-0' });
  });

  it('touches nothing of a member that had its version before', () => {
    const group = new Together({ web: {}, worker: { order: 2 } });
    group.release({ web: 0, worker: ERRONEOUS }).end();
    expect(group.states).toEqual({ web: 'unchanged', worker: 'rolledBack' });
    expect(group.world('web').outcomes).toHaveLength(1);
  });

  it('goes back as a whole when a user aborts one member', () => {
    const group = new Together({ web: {}, worker: { order: 2 } });
    group.release({ web: GOOD, worker: GOOD });
    group.end(() => {
      if (group.state('worker') === 'running') group.world('worker').happen(command('abort'));
    });
    expect(group.states).toEqual({ web: 'undone', worker: 'aborted' });
  });

  it('waits while the others cannot be asked', () => {
    const group = new Together({ web: {} });
    const web = group.world('web');
    web.peers = undefined;
    group.release({ web: GOOD }).looks(20);
    expect(web.status.message).toMatch(/waits to hear of the others of shop/);
  });

  it('whose undo fails does not try it again and again', () => {
    const group = new Together({ web: {}, worker: { order: 2 } });
    const web = group.world('web');
    group.release({ web: GOOD, worker: ERRONEOUS });
    group.end(() => {
      const isUndone = web.status.release?.undoes !== undefined;
      if (isUndone) web.happen(command('abort'));
    });
    expect(group.states['web']).toBe('failed');
    expect(group.stable['web']).toBe(revision(GOOD));
    expect(web.outcomes).toHaveLength(3);
  });

  it('a member that somebody releases by itself meanwhile has left, and the others go on', () => {
    const group = new Together({ web: {}, worker: { order: 2 } });
    group.release({ web: GOOD, worker: GOOD }).looks(5);
    group.world('web').happen({ kind: 'want', revision: 10 });
    group.end();
    expect(group.stable).toEqual({ web: 'r1-10', worker: revision(GOOD) });
  });
});

describe('random releases of groups', { timeout: 120_000 }, () => {
  const order = fc.integer({ min: 1, max: 3 });
  const concurrency = fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined });
  const member = fc.record({
    order,
    concurrency,
    revision: fc.constantFrom(GOOD, GOOD, GOOD, ERRONEOUS, CRASHING),
  });
  const disturbance = fc.record({
    who: fc.integer({ min: 0, max: 3 }),
    at: fc.constantFrom(...DEATHS, 'look' as const, 'stale' as const),
    afterMs: fc.constantFrom(50, 500, 2_000),
  });

  it('promote all of it or leave all of it as it was, whoever dies or sees the past', () => {
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 2, maxLength: 4 }),
        fc.array(disturbance, { maxLength: 60 }),
        (members, disturbances) => {
          const named = members.map((one, index) => [`m${index}`, one] as const);
          const group = new Together(
            Object.fromEntries(
              named.map(([name, { order: nth, concurrency: most }]) => [
                name,
                { order: nth, ...(most === undefined ? {} : { concurrency: most }) },
              ]),
            ),
          );
          group.release(Object.fromEntries(named.map(([name, one]) => [name, one.revision])));
          for (const { who, at, afterMs } of disturbances) {
            const world = group.worlds.get(`m${who % members.length}`)!;
            if (at === 'look') world.happen({ kind: 'look', afterMs });
            else if (at === 'stale') world.happen({ kind: 'staleLook', afterMs, looksAgo: 3, of: 'groups' });
            else world.happen({ kind: 'crash', afterMs, at });
          }
          group.end();
          const isGood = members.every(({ revision: n }) => n === GOOD);
          for (const [name] of named) expect(group.stable[name]).toBe(revision(isGood ? GOOD : 0));
        },
      ),
      { numRuns: 60 },
    );
  });
});
