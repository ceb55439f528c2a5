import { expect, it } from 'vitest';
import type { PathCounters } from '../gateway/protocol.ts';
import type { Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import { Takeovers } from './takeovers.ts';

const MINUTE = 60_000;

function rollout(routes: unknown): Rollout {
  return resolveRollout({
    apiVersion: 'coalmine.dev/v1',
    kind: 'Rollout',
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'] } },
      traffic: { gateway: routes === undefined ? {} : { routes } },
      strategy: { recreate: {} },
    },
  });
}

const TAKING = rollout([
  { path: '/orders', to: { newWithFallback: { legacy: 'http://old:81' } } },
  { path: '/', to: { legacy: 'http://old:81' } },
]);

function counted(path: string, [byNew = 0, byLegacy = 0, fallbacks = 0]: readonly number[]): PathCounters {
  const side = (requests: number) => ({ requests, errors: requests / 10 });
  return { rollout: 'shop', path, new: side(byNew), legacy: side(byLegacy), fallbacks };
}

it('tells who has answered which paths in the last ten minutes', () => {
  const takeovers = new Takeovers();
  const add = (minute: number, paths: readonly PathCounters[]): void => {
    takeovers.add('shop', { epoch: 'a', at: minute * MINUTE, paths });
  };
  add(0, [counted('/orders', [0, 1_000]), counted('/', [0, 1_000])]);
  add(5, [counted('/orders', [0, 2_000]), counted('/', [0, 2_000])]);
  add(15, [counted('/orders', [90, 2_010, 10]), counted('/', [0, 2_100])]);
  expect(takeovers.view(TAKING)).toEqual({
    overMs: 10 * MINUTE,
    newShare: 0.45,
    paths: [
      {
        path: '/orders',
        to: 'newWithFallback',
        legacyUrl: 'http://old:81',
        new: { requests: 90, errors: 9 },
        legacy: { requests: 10, errors: 1 },
        fallbacks: 10,
        newShare: 0.9,
      },
      {
        path: '/',
        to: 'legacy',
        legacyUrl: 'http://old:81',
        new: { requests: 0, errors: 0 },
        legacy: { requests: 100, errors: 10 },
        fallbacks: 0,
        newShare: 0,
      },
    ],
  });
});

it('begins anew with a gateway that counts anew, and knows no share of nothing', () => {
  const takeovers = new Takeovers();
  takeovers.add('shop', { epoch: 'a', at: 0, paths: [counted('/', [0, 1_000])] });
  takeovers.add('shop', { epoch: 'b', at: MINUTE, paths: [counted('/', [0, 10])] });
  const view = takeovers.view(TAKING);
  expect(view).toMatchObject({ overMs: 0, paths: [{ path: '/orders' }, { path: '/' }] });
  expect(view).not.toHaveProperty('newShare');
});

it('is nothing for a Rollout that takes nothing over', () => {
  expect(new Takeovers().view(rollout(undefined))).toBeUndefined();
});
