import { describe, expect, it } from 'vitest';
import type { GateAnswer } from '../../src/engine/gates/answer.ts';
import type { Gate, Hook, HookMoment } from '../../src/rollout/model-outside.ts';
import { aRollout } from './rollouts.ts';
import { command, ERRONEOUS, GOOD, lastOutcome, live, looks, lookUntil } from './scenes.ts';
import type { World } from './world.ts';

const hook = (name: string, at: HookMoment): Hook => ({
  name,
  at,
  kind: 'command',
  command: ['true'],
  timeoutMs: 60_000,
});

const DONE: GateAnswer = { kind: 'yes', why: 'ended well' };
const FAILED: GateAnswer = { kind: 'no', why: 'ended with code 1' };

/** A live world whose hooks and gates answer so, or not at all, once they are under way. */
function withHooks(
  hooks: readonly Hook[],
  answers: Readonly<Record<string, GateAnswer>>,
  gates: readonly Gate[] = [],
): World {
  const world = live();
  world.rollout = aRollout({ hooks, gates });
  world.answer = ({ name }) => answers[name];
  return world;
}

describe('hooks before traffic', () => {
  it('run in their order, each once, with one key, and the release goes on after them', () => {
    const hooks = [
      hook('migrate', 'beforeCandidate'),
      hook('warm', 'beforeTraffic'),
      hook('smoke', 'eachStep'),
    ];
    const world = withHooks(hooks, { migrate: DONE, warm: DONE, smoke: DONE });
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('promoted');
    expect(world.told('HookDone').map((message) => message.split(':')[0])).toEqual([
      'hook migrate',
      'hook warm',
      'hook smoke',
      'hook smoke',
      'hook smoke',
    ]);
    expect(world.sent).toHaveLength(5);
  });

  it('that fail roll the release back, before anybody is sent to it', () => {
    const world = withHooks([hook('warm', 'beforeTraffic')], { warm: FAILED });
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toBe('hook warm: ended with code 1');
    expect(world.told('HookFailed')).toHaveLength(1);
    expect(world.told('RouteConfirmed')).toHaveLength(1);
  });

  it('that do not end in time fail', () => {
    const world = withHooks([hook('migrate', 'beforeCandidate')], {});
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 70);
    expect(lastOutcome(world)).toBe('rolledBack');
    expect(world.outcomes.at(-1)?.reason).toBe('hook migrate: it did not end within 60s');
    expect(world.errands).toEqual([]);
  });

  it('are sent again with the same key until their answer is saved, and not after that', () => {
    const world = withHooks([hook('migrate', 'beforeCandidate')], {});
    world.happen({ kind: 'want', revision: GOOD });
    for (const at of ['afterSave', 'beforeSave', 'afterRoute'] as const) {
      looks(world, 3);
      world.happen({ kind: 'crash', afterMs: 250, at });
    }
    looks(world, 3);
    expect(world.sent).toHaveLength(1);
    world.answer = () => DONE;
    world.happen({ kind: 'crash', afterMs: 250, at: 'beforeSave' });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.sent).toHaveLength(1);
  });

  it('are given up by an abort', () => {
    const world = withHooks([hook('migrate', 'beforeCandidate')], {});
    world.happen({ kind: 'want', revision: GOOD });
    looks(world, 5);
    expect(world.errands).toHaveLength(1);
    world.happen(command('abort'));
    looks(world, 3);
    expect(world.outcomes).toHaveLength(2);
    expect(world.errands).toEqual([]);
  });
});

describe('hooks after a release', () => {
  it.each([
    [GOOD, 'promoted', 'purge'],
    [ERRONEOUS, 'rolledBack', 'clean'],
  ])(
    'of revision %d that is %s run once, and what comes of them is only told',
    (candidate, outcome, name) => {
      const hooks = [hook('purge', 'afterPromotion'), hook('clean', 'onRollback')];
      const world = withHooks(hooks, { purge: FAILED, clean: FAILED });
      world.happen({ kind: 'want', revision: candidate });
      lookUntil(world, () => world.outcomes.length === 2);
      looks(world, 10);
      expect(lastOutcome(world)).toBe(outcome);
      expect(world.told('HookFailed')).toEqual([`hook ${name}: ended with code 1`]);
      expect(world.sent).toHaveLength(1);
      expect(world.status.pendingHooks).toBeUndefined();
    },
  );
});

describe('gates that others open', () => {
  const probe: Gate = {
    name: 'probe',
    at: 'switch',
    kind: 'webhook',
    url: 'http://x',
    headers: {},
    everyMs: 1_000,
    withinMs: 60_000,
  };

  it('wait for a yes, and do not repeat the hooks before them', () => {
    const world = withHooks([hook('warm', 'beforeTraffic')], { warm: DONE }, [probe]);
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.status.phase === 'Waiting');
    expect(world.status.message).toMatch(/^gate probe is being asked; /);
    world.answer = ({ name }) => (name === 'probe' ? { kind: 'yes', why: 'answered 200' } : DONE);
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.sent).toHaveLength(2);
  });

  it('abort the release when no yes has come in time', () => {
    const world = withHooks([], { probe: { kind: 'notYet', why: 'answered 403' } }, [probe]);
    world.happen({ kind: 'want', revision: GOOD });
    lookUntil(world, () => world.outcomes.length === 2);
    expect(world.outcomes.at(-1)?.reason).toBe('gate probe: no yes within 60s; it answered 403');
  });
});
