import { expect, it } from 'vitest';
import { aRollout } from '../../test/engine/rollouts.ts';
import { Failure } from '../base/failure.ts';
import { NEW_STATUS } from '../engine/status.ts';
import type { Rollout } from '../rollout/model.ts';
import { silentLog } from '../telemetry/log.ts';
import { Following } from './following.ts';

const workload = aRollout().workload;
if (workload.kind !== 'process') throw new Error('another workload is expected');
const FOLLOWER: Rollout = { ...aRollout(), workload: { ...workload, from: { rollout: 'staging' } } };
const PINNED: Rollout = { ...aRollout(), workload: { ...workload, from: { path: './dist' } } };

/** A follower, whose tries end like this, one after the other and the last again and again. */
function following(tries: readonly (Error | undefined)[]) {
  const told: string[] = [];
  let count = 0;
  const closing = new AbortController();
  const record = {
    rollout: FOLLOWER,
    document: '{}',
    generation: 1,
    status: NEW_STATUS,
    deleting: false,
    version: 1,
  };
  const one = new Following({
    store: { list: () => Promise.resolve([record]) },
    deployment: {
      follow: () => {
        const error = tries[Math.min(count, tries.length - 1)];
        count += 1;
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      },
    },
    controller: {
      change: (name, compute) => {
        const { reason = 'none' } = one.view(FOLLOWER)?.problem ?? {};
        for (const { type, message } of compute(record).consequences?.events ?? [])
          told.push(`${name} ${type} ${message}: ${reason}`);
        return Promise.resolve(record);
      },
    },
    log: silentLog,
    closing: closing.signal,
    retry: { firstMs: 1, longestMs: 300_000 },
  });
  return { one, told, closing, tries: () => count };
}

it('tells each reason once, and tries until it can', async () => {
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  const bad = new Failure('badArtefact', 'version is not what it was');
  const { one, told, tries, closing } = following([full, full, bad, undefined]);
  one.poke('staging');
  await expect.poll(tries).toBe(4);
  await expect.poll(() => one.view(FOLLOWER)).toEqual({ rollout: 'staging' });
  expect(told).toEqual([
    `${FOLLOWER.name} FollowFailed what it follows cannot be released: no space left: diskFull`,
    `${FOLLOWER.name} FollowFailed what it follows cannot be released: version is not what it was: badArtefact`,
  ]);
  closing.abort();
});

it('lets a revision be that was rejected', async () => {
  const { one, told, tries } = following([new Failure('rejectedRevision', 'it was rejected')]);
  one.poke();
  await expect.poll(tries).toBe(1);
  expect(one.view(FOLLOWER)).toEqual({ rollout: 'staging' });
  expect(told).toEqual([]);
});

it('is of nobody who runs what is its own', () => {
  expect(following([undefined]).one.view(PINNED)).toBeUndefined();
});
