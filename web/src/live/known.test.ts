import { expect, it } from 'vitest';
import { aView } from '../../../test/cli/views.ts';
import type { EventView } from '../../../src/client/index.ts';
import { heard, listed, NOTHING_KNOWN, withEvents, type Known } from './known.ts';

function anEvent(id: number): EventView {
  return { id, rollout: 'shop', at: 0, type: 'Promoted', message: `event ${id}` };
}

function knowing(...names: readonly string[]): Known {
  return heard(
    NOTHING_KNOWN,
    names.map((name) => ({ kind: 'rollout', rollout: aView({ name }) })),
  );
}

it('knows of each Rollout what was said last, and forgets what is deleted', () => {
  const known = heard(knowing('shop', 'mail'), [
    { kind: 'rollout', rollout: aView({ name: 'shop', message: 'older' }) },
    { kind: 'rollout', rollout: aView({ name: 'shop', message: 'newer' }) },
    { kind: 'deleted', name: 'mail' },
  ]);
  expect([...known.rollouts.values()].map(({ name, message }) => [name, message])).toEqual([
    ['shop', 'newer'],
  ]);
});

it('is the same value when nothing was said, so that nothing is drawn anew', () => {
  const known = knowing('shop');
  expect(heard(known, [])).toBe(known);
  expect(withEvents(known.events, [])).toBe(known.events);
});

it('forgets by a list what has gone while nobody listened', () => {
  const known = listed(knowing('shop', 'gone'), [aView({ name: 'shop' }), aView({ name: 'new' })], new Set());
  expect([...known.rollouts.keys()].sort()).toEqual(['new', 'shop']);
});

it('believes what was heard while a list was asked for, not the list', () => {
  const before = heard(knowing('shop', 'made'), [{ kind: 'deleted', name: 'deleted' }]);
  const all = [aView({ name: 'shop', message: 'old' }), aView({ name: 'deleted' })];
  const known = listed(before, all, new Set(['shop', 'made', 'deleted']));
  expect([...known.rollouts.keys()].sort()).toEqual(['made', 'shop']);
  expect(known.rollouts.get('shop')?.message).not.toBe('old');
});

it('tells Rollouts of one name apart by their namespaces, and what happened to each', () => {
  const [web, mail] = [aView({ namespace: 'web' }), aView({ namespace: 'mail' })];
  const known = heard(NOTHING_KNOWN, [
    { kind: 'rollout', rollout: web },
    { kind: 'rollout', rollout: mail },
    { kind: 'event', event: { ...anEvent(1), namespace: 'web', at: 2 } },
    { kind: 'event', event: { ...anEvent(1), namespace: 'mail', at: 1 } },
  ]);
  expect([...known.rollouts.values()]).toEqual([web, mail]);
  expect(known.events.map(({ namespace }) => namespace)).toEqual(['mail', 'web']);
  const left = heard(known, [{ kind: 'deleted', name: 'shop', namespace: 'web' }]);
  expect([...left.rollouts.values()]).toEqual([mail]);
  expect([...listed(left, [web, mail], new Set(['web/shop'])).rollouts.values()]).toEqual([mail]);
});

it('keeps each event once, in order, and the newest of many', () => {
  const events = withEvents([anEvent(3), anEvent(4)], [anEvent(4), anEvent(1), anEvent(5)]);
  expect(events.map(({ id }) => id)).toEqual([1, 3, 4, 5]);
  expect(withEvents(events, [anEvent(6)], 2).map(({ id }) => id)).toEqual([5, 6]);
});
