import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { aView } from '../../../test/cli/views.ts';
import type { StreamMessage } from '../../../src/client/index.ts';
import { Gathering } from './gathering.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function gathering() {
  const lots: (readonly StreamMessage[])[] = [];
  return { lots, gathering: new Gathering((lot) => lots.push(lot)) };
}

const SHOP: StreamMessage = { kind: 'rollout', rollout: aView() };
const MAIL: StreamMessage = { kind: 'deleted', name: 'mail' };

it('hands on together what comes together', () => {
  const { lots, gathering: gathered } = gathering();
  gathered.add(SHOP);
  gathered.add(MAIL);
  expect(lots).toEqual([]);
  vi.runAllTimers();
  gathered.add(SHOP);
  vi.runAllTimers();
  expect(lots).toEqual([[SHOP, MAIL], [SHOP]]);
});

it('hands on at once what must not wait, and nothing twice', () => {
  const { lots, gathering: gathered } = gathering();
  gathered.add(SHOP);
  gathered.flush();
  vi.runAllTimers();
  expect(lots).toEqual([[SHOP]]);
});

it('notes which Rollouts are heard of from a moment on', () => {
  const { gathering: gathered } = gathering();
  gathered.add(SHOP);
  const since = gathered.note();
  gathered.add(MAIL);
  expect([...since]).toEqual(['mail']);
});
