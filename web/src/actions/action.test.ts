import { expect, it } from 'vitest';
import { aReleasingView, aView, CANARY } from '../../../test/cli/views.ts';
import { ENDPOINTS, type Endpoint } from '../../../src/client/browser.ts';
import type { RolloutView } from '../../../src/client/index.ts';
import type { Ask, Asked } from '../live/ask.ts';
import { ACTIONS, type Written } from './action.ts';

const ENDED = { release: 2, revision: CANARY, outcome: 'aborted', reason: 'by ana' } as const;

it.each([
  ['a release that goes on', aReleasingView(), 'promote promote-fully pause abort restart scale close'],
  [
    'a paused release',
    { ...aReleasingView({ paused: true }), phase: 'Paused' as const },
    'promote promote-fully resume abort restart scale close',
  ],
  [
    'a release at a gate',
    aReleasingView({ held: { kind: 'gate', name: 'sre', forMs: 0 } }),
    'pause abort restart scale close',
  ],
  [
    'a release that goes back',
    aReleasingView({ goingBack: { outcome: 'rolledBack', reason: 'errors' } }),
    'restart scale close',
  ],
  ['a version at rest', aView(), 'undo restart scale close'],
  [
    'one that is closed to its users',
    aView({ maintenance: { since: 0, hasPage: false, retryAfterMs: 300_000 } }),
    'undo restart scale open',
  ],
  ['one that nobody reaches', withoutAddress(aView()), 'undo restart scale'],
  ['a version at rest after an abort', aView({ lastOutcome: ENDED }), 'retry undo restart scale close'],
])('offers for %s what has a meaning', (_, rollout, expected) => {
  const offered = ACTIONS.filter(({ isOffered }) => isOffered(rollout));
  expect(offered.map(({ id }) => id).join(' ')).toBe(expected);
});

function withoutAddress({ address: _, ...others }: RolloutView): RolloutView {
  return others;
}

const { steer, restart, scale, maintain } = ENDPOINTS;

it.each([
  ['promote', {}, [steer, { verb: 'promote' }]],
  ['promote-fully', {}, [steer, { verb: 'promote', full: true }]],
  ['pause', {}, [steer, { verb: 'pause' }]],
  ['resume', {}, [steer, { verb: 'resume' }]],
  ['abort', { reason: 'too slow' }, [steer, { verb: 'abort', reason: 'too slow' }]],
  ['abort', { reason: '' }, [steer, { verb: 'abort' }]],
  ['retry', {}, [steer, { verb: 'retry' }]],
  ['undo', { to: '' }, [steer, { verb: 'undo' }]],
  ['undo', { to: CANARY }, [steer, { verb: 'undo', to: CANARY }]],
  ['restart', {}, [restart, undefined]],
  ['scale', { replicas: '4' }, [scale, { replicas: 4 }]],
  ['close', { message: 'back at noon' }, [maintain, { on: true, message: 'back at noon' }]],
  ['close', { message: '' }, [maintain, { on: true }]],
  ['open', {}, [maintain, { on: false }]],
] as const)('asks for %s with what was written: %j', async (id, written: Written, expected) => {
  const asked: unknown[] = [];
  const ask: unknown = (endpoint: Endpoint, { about, body }: Asked) => {
    expect(about).toEqual({ name: 'shop', namespace: 'web' });
    asked.push(endpoint, body);
    return Promise.resolve(aView());
  };
  await ACTIONS.find((one) => one.id === id)?.run(ask as Ask, { name: 'shop', namespace: 'web' }, written);
  expect(asked).toEqual(expected);
});
