import { expect, it } from 'vitest';
import type { Group } from '../engine/observation.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { GroupKey, ProcessSettings } from '../supervisor/settings.ts';
import { processWorkload } from './process.ts';

const A = 'r1-a' as RevisionId;
const B = 'r1-b' as RevisionId;
const signal = new AbortController().signal;

const settings: ProcessSettings = {
  command: ['x'],
  cwd: '/',
  env: {},
  stop: { signal: 'SIGTERM', drainMs: 1 },
  limits: {},
  restart: { firstDelayMs: 1, maxDelayMs: 1, crashLoopAfter: 1, stableAfterMs: 1 },
};

function fakeSupervisor(present: readonly Group[]) {
  const sizes: string[] = [];
  return {
    sizes,
    groups: () => present,
    setSize: (key: GroupKey, replicas: number, given?: ProcessSettings) => {
      const name = `${key.rollout}/${key.revision}${key.copy === undefined ? '' : `+${key.copy}`}`;
      sizes.push(`${name}=${replicas}${given === undefined ? '' : ' with settings'}`);
    },
  };
}

it('gives every revision its size, adds up tracks of one revision and winds the others down', async () => {
  const supervisor = fakeSupervisor([{ revision: B, running: 1, ready: 1 }]);
  const workload = processWorkload({ rollout: 'shop', supervisor, revisionOf: () => settings });
  const groups = [
    { track: 'stable', revision: A, replicas: 2 },
    { track: 'canary', revision: A, replicas: 1 },
  ] as const;
  await workload.apply(groups, signal);
  expect(supervisor.sizes).toEqual(['shop/r1-a=3 with settings', 'shop/r1-b=0']);
});

it('asks for a revision of which nothing is kept, too, so that the supervisor tells of it', async () => {
  const supervisor = fakeSupervisor([]);
  const workload = processWorkload({ rollout: 'shop', supervisor, revisionOf: () => undefined });
  await workload.apply([{ track: 'stable', revision: A, replicas: 1 }], signal);
  expect(supervisor.sizes).toEqual(['shop/r1-a=1']);
});

it('gives a baseline processes of its own, and winds it down alone', async () => {
  const supervisor = fakeSupervisor([
    { revision: A, running: 2, ready: 2 },
    { revision: A, copy: 'baseline', running: 1, ready: 1 },
  ]);
  const workload = processWorkload({ rollout: 'shop', supervisor, revisionOf: () => settings });
  const stable = { track: 'stable', revision: A, replicas: 2 } as const;
  await workload.apply([stable, { track: 'baseline', revision: A, replicas: 1 }], signal);
  await workload.apply([stable], signal);
  expect(supervisor.sizes).toEqual([
    'shop/r1-a=2 with settings',
    'shop/r1-a+baseline=1 with settings',
    'shop/r1-a=2 with settings',
    'shop/r1-a+baseline=0',
  ]);
});
