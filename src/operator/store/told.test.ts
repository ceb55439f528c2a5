import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../engine/decision.ts';
import { NEW_STATUS } from '../../engine/status.ts';
import { eventsIn } from '../cluster-views.ts';
import type { RolloutObject } from '../objects.ts';
import { writtenMemory } from './memory.ts';
import { withTold, type Told } from './told.ts';

const NOON = Date.UTC(2026, 0, 2, 12);
const SHOP = { rollout: 'a/shop', newest: 0 };
const event = (message: string): EngineEvent => ({ type: 'Promoted', message });

/** So many events of one Rollout, at these milliseconds after noon. */
function toldAt(rollout: string, times: readonly number[]): readonly Told[] {
  const inOrder = [...times].sort((a, b) => a - b);
  return inOrder.reduce<readonly Told[]>(
    (before, ms) =>
      withTold(before, { rollout, at: NOON + ms, events: [event(`${rollout} ${ms}`)], newest: 0 }),
    [],
  );
}

function objectOf(namespace: string, told: readonly Told[]): RolloutObject {
  const memory = writtenMemory({ version: 1, status: NEW_STATUS, told });
  return { metadata: { name: 'shop', namespace }, spec: {}, status: { memory } };
}

describe('events that are remembered', () => {
  it('have ids that grow, however many come at once and whatever the clock does', () => {
    const first = withTold([], { ...SHOP, at: NOON, events: [event('one'), event('two')] });
    const all = withTold(first, { ...SHOP, at: NOON - 60_000, events: [event('three')] });
    expect(all.map(({ message }) => message)).toEqual(['one', 'two', 'three']);
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  });

  it('go on after those that an earlier build has numbered from one', () => {
    const [, next] = withTold([{ ...event('old'), id: 7, at: NOON }], {
      ...{ ...SHOP, at: NOON + 1 },
      events: [event('new')],
    });
    expect(next?.id).toBeGreaterThan(7);
  });

  it('are all read page by page, each once and in the order of time, over several namespaces', () => {
    const times = fc.array(fc.nat(20), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.record({ mail: times, shop: times, web: times }),
        fc.integer({ min: 1, max: 5 }),
        (when, limit) => {
          const objects = Object.entries(when).map(([namespace, at]) =>
            objectOf(namespace, toldAt(`${namespace}/shop`, at)),
          );
          const read: { readonly id: number; readonly at: number; readonly message: string }[] = [];
          for (let after = 0; ;) {
            const page = eventsIn(objects, { after, limit });
            if (page.length === 0) break;
            read.push(...page);
            after = page.at(-1)?.id ?? Infinity;
          }
          expect(read).toHaveLength(Object.values(when).flat().length);
          expect(read).toEqual(eventsIn(objects, {}));
          expect(read.slice(-limit)).toEqual(eventsIn(objects, { limit }));
          const moments = read.map(({ at }) => at);
          expect(moments).toEqual([...moments].sort((a, b) => a - b));
        },
      ),
      { numRuns: 30 },
    );
  });
});
