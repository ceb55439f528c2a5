import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/engine/advance.ts';
import type { Decision } from '../../../src/engine/decision.ts';
import type { Engine } from '../world.ts';
import { histories } from './arbitraries.ts';
import { play } from './history.ts';
import { narrate } from './narration.ts';
import { historyOf, scriptOf } from './script.ts';
import { findBreach, foundScript, problemWith } from './search.ts';

const STRATEGIES = ['recreate', 'ramped', 'blueGreen', 'canary'];
const OUTCOMES = ['promoted', 'rolledBack', 'aborted'];

/** The engine with one mistake. */
const broken =
  (mistake: (decision: Decision) => Decision): Engine =>
  // eslint-disable-next-line max-params -- the engine's own
  (rollout, status, seen, now) =>
    mistake(advance(rollout, status, seen, now));

const MISTAKES: readonly (readonly [what: string, engine: Engine, why: RegExp])[] = [
  [
    'takes from stable during a release',
    broken((decision) => {
      const { desired, status } = decision;
      if (status.release === undefined) return decision;
      const groups = desired.groups.filter(({ track }) => track !== 'stable');
      return { ...decision, desired: { ...desired, groups } };
    }),
    /^[25]: /,
  ],
  [
    'forgets what was rejected',
    broken((decision) => ({ ...decision, status: { ...decision.status, rejected: [] } })),
    /^(10: r1-\d was rejected and is released again|3: release \d+ does not end)/,
  ],
  [
    'tells an outcome twice',
    broken((decision) => ({ ...decision, events: [...decision.events, ...decision.events] })),
    /^11: 2 outcomes told/,
  ],
  [
    'decides by chance',
    broken((decision) => ({ ...decision, wakeInMs: decision.wakeInMs + Math.random() })),
    /^equal arguments gave another decision/,
  ],
  [
    'opens its doors by itself',
    broken((decision) => {
      const { route } = decision.desired;
      if (route?.maintenance === undefined) return decision;
      const { maintenance: _, ...open } = route;
      return { ...decision, desired: { ...decision.desired, route: open } };
    }),
    /^maintenance: the route does not say/,
  ],
  [
    'does not ask how long another Rollout has been so',
    // eslint-disable-next-line max-params -- the engine's own
    (rollout, status, seen, now) => {
      const gates = rollout.gates.map((gate) => (gate.kind === 'rollout' ? { ...gate, forMs: 0 } : gate));
      return advance({ ...rollout, gates }, status, seen, now);
    },
    /^gates: g\d was passed after \d+ ms/,
  ],
  [
    'does not look at the order of its group',
    // eslint-disable-next-line max-params -- the engine's own
    (rollout, status, seen, now) => advance(rollout, status, { ...seen, peers: [] }, now),
    /^groups: \w+ (begins|stays)/,
  ],
  [
    'never arrives on the way back',
    // eslint-disable-next-line max-params -- the engine's own
    (rollout, status, seen, now) => {
      const decision = advance(rollout, status, seen, now);
      const isGoingBack = status.release?.direction.kind === 'back';
      if (!isGoingBack || decision.ended === undefined) return decision;
      const { ended: _, ...rest } = decision;
      return { ...rest, status, events: [] };
    },
    /^3: release \d does not end/,
  ],
];

describe('an engine that', () => {
  it.each(MISTAKES)(
    '%s is found out, by a script that is short and can be played again',
    (_, engine, why) => {
      const found = findBreach({ seed: 1, count: 500, engine })!;
      expect(found.why).toMatch(why);
      const script = foundScript(found);
      const again = historyOf(script);
      expect(problemWith(again, (one) => void play(one, { engine }))).toBe(found.why);
      expect(problemWith(again, (one) => void play(one))).toBeUndefined();
      again.happenings.forEach((_happening, at) => {
        const without = { ...again, happenings: again.happenings.toSpliced(at, 1) };
        expect(problemWith(without, (one) => void play(one, { engine }))).toBeUndefined();
      });
      expect(again.happenings.length, script).toBeLessThanOrEqual(12);
    },
  );

  it('has a mistake is watched making it', () => {
    const [, engine] = MISTAKES[0]!;
    const lines: string[] = [];
    narrate(historyOf('want revision=5\nlook afterMs=250'), { engine, tell: (line) => lines.push(line) });
    expect(lines).toContain('want revision=5');
    expect(lines.join('\n')).toMatch(/tells ReleaseStarted: release 2 of r1-5/);
    expect(lines.at(-1)).toBe('broken: 2: r1-0 has only 0 replicas');
  });

  it('has none is told so', () => {
    const lines: string[] = [];
    narrate(historyOf(''), { tell: (line) => lines.push(line) });
    expect(lines.at(-1)).toBe('every invariant held');
  });
});

describe('a script', () => {
  it('is read as the history it was written of', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(historyOf(scriptOf(history))).toEqual(history);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['lok afterMs=1', 'line 2, "lok afterMs=1": there are look, crash'],
    ['look before=1', 'line 2, "look before=1": look says afterMs'],
    ['rollout strategy {', 'line 2, "rollout strategy {": '],
  ])('with the line "%s" is refused, and the line is named', (line, message) => {
    expect(() => historyOf(`# a comment\n${line}`)).toThrow(message);
  });
});

describe('random histories', { timeout: 600_000 }, () => {
  it('reach every outcome of every strategy there is', () => {
    const expected = STRATEGIES.flatMap((strategy) => OUTCOMES.map((outcome) => `${strategy} ${outcome}`));
    const missing = new Set([...expected, 'shadow completed', ...OUTCOMES.map((one) => `shadow ${one}`)]);
    for (let seed = 1; seed <= 30 && missing.size > 0; seed += 1) {
      for (const history of fc.sample(histories, { seed, numRuns: 100 })) {
        for (const { outcome } of play(history).outcomes)
          missing.delete(`${history.rollout.strategy.kind} ${outcome}`);
        if (missing.size === 0) break;
      }
    }
    expect([...missing]).toEqual([]);
  });
});
