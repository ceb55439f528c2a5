import { expect, it } from 'vitest';
import { aRollout } from '../../test/engine/rollouts.ts';
import { NEW_STATUS } from '../engine/status.ts';
import type { Phase, RevisionId } from '../rollout/model.ts';
import { neighbourPort } from './neighbours.ts';
import type { RolloutObject } from './objects.ts';
import { entryOf, type Entry } from './store/entry.ts';

const STABLE = 'r1-a' as RevisionId;
const candidate = 'r1-b' as RevisionId;

function objectOf(name: string, phase?: Phase, leaving = false): RolloutObject {
  return {
    apiVersion: 'coalmine.dev/v1',
    kind: 'Rollout',
    metadata: {
      name,
      namespace: 'web',
      ...(leaving ? { deletionTimestamp: '2026-11-30T00:00:00Z' } : {}),
    },
    spec: {},
    ...(phase === undefined ? {} : { status: { phase } }),
  };
}

/** What is remembered of it says Healthy, whatever its object tells. */
function entry(object: RolloutObject): Entry {
  const status = { ...NEW_STATUS, phase: 'Healthy', stable: STABLE } as const;
  return { ...entryOf(object), memory: { version: 1, status } };
}

const entries: ReadonlyMap<string, Entry> = new Map([
  ['web/payments', entry(objectOf('payments', 'Healthy'))],
  ['web/stuck', entry(objectOf('stuck', 'Degraded'))],
  ['web/fresh', entryOf(objectOf('fresh'))],
  ['web/leaving', entry(objectOf('leaving', 'Healthy', true))],
  ['default/payments', entry(objectOf('payments', 'Degraded'))],
]);

function see(names: readonly string[], namespace?: string) {
  const rollout = { ...aRollout(), ...(namespace === undefined ? {} : { namespace }) };
  return neighbourPort(rollout, { entry: (key) => entries.get(key) }).see(names, candidate);
}

it('tells where others of the namespace stand, by what their objects say', async () => {
  expect(await see(['payments', 'stuck'], 'web')).toEqual({
    payments: { phase: 'Healthy', stable: STABLE, isSameArtefact: false },
    // What stands in its way is not remembered.
    stuck: { phase: 'Degraded', stable: STABLE, isSameArtefact: false },
  });
  expect(await see(['payments'])).toMatchObject({ payments: { phase: 'Degraded' } });
});

it('takes one that was never looked at for Pending', async () => {
  expect(await see(['fresh'], 'web')).toEqual({ fresh: { phase: 'Pending', isSameArtefact: false } });
});

it('says of what is not there, or is being deleted, that there is none', async () => {
  expect(await see(['leaving', 'nobody'], 'web')).toEqual({ leaving: 'none', nobody: 'none' });
});
