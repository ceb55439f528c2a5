import { describe, expect, it } from 'vitest';
import { allTo } from '../engine/desired.ts';
import type { Group } from '../engine/observation.ts';
import { NEW_STATUS } from '../engine/status.ts';
import type { RevisionId } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import type { Confirmation, Ports, RolloutRecord } from './ports.ts';
import { reconcile } from './reconcile.ts';

const STABLE = 'r1-a' as RevisionId;
const CANDIDATE = 'r1-b' as RevisionId;
const SPEC = {
  workload: { deployment: { name: 'shop' } },
  traffic: { gatewayAPI: { httpRoute: { name: 'shop' } } },
  strategy: { ramped: {} },
};
const RECORD: RolloutRecord = {
  rollout: resolveRollout({ metadata: { name: 'shop' }, spec: SPEC }, 'operator'),
  document: '',
  generation: 1,
  status: { ...NEW_STATUS, stable: STABLE },
  deleting: true,
  version: 1,
};
const of = (revision: RevisionId): Group => ({ revision, running: 1, ready: 1 });

interface Seen {
  readonly served: Confirmation;
  readonly groups: readonly Group[];
  /** Why what was there before is not in force. */
  readonly notBack?: string;
  readonly windingDownMs?: number;
}

/** One look at a Rollout that is deleted and whose Deployment goes on: what was done, in order. */
async function look({ served, groups, notBack, windingDownMs = 0 }: Seen): Promise<readonly string[]> {
  const did: string[] = [];
  const note = <T>(what: string, answer: T): Promise<T> => {
    did.push(what);
    return Promise.resolve(answer);
  };
  const ports: Ports = {
    workload: {
      observe: () => Promise.resolve(groups),
      apply: () => Promise.resolve(),
      leave: () => note('leave', true),
    },
    router: {
      can: { name: 'test', granularity: 1, sticky: false, mirror: false, matches: false, experiments: false },
      read: () => Promise.resolve(served),
      write: () => note('to stable', undefined),
    },
    forgetRoute: () => note('give back', notBack),
  };
  await reconcile(RECORD, {
    ports,
    store: {
      list: () => Promise.resolve([RECORD]),
      get: () => Promise.resolve(RECORD),
      save: (record) => Promise.resolve(record),
      remove: () => note('remove', undefined),
    },
    now: () => 0,
    deadline: () => new AbortController().signal,
    onTrouble: () => undefined,
    windingDownMs,
  });
  return did;
}

describe('a Rollout that is deleted and whose workload goes on', () => {
  const both = [of(STABLE), of(CANDIDATE)];
  const unconfirmed = { unconfirmed: 'nobody has looked at it yet' };
  const toStable = { route: allTo('stable', STABLE) };

  it.each([
    [
      'keeps its processes until stable is confirmed to serve all',
      { served: unconfirmed, groups: both },
      ['to stable'],
    ],
    ['gives its route back once nobody else is there', { served: toStable, groups: both }, ['leave']],
    ['goes then', { served: toStable, groups: [of(STABLE)] }, ['leave', 'give back', 'remove']],
    [
      'steers no more what is given back, and stays until that is in force',
      { served: unconfirmed, groups: [of(STABLE)], notBack: 'not accepted' },
      ['leave', 'give back'],
    ],
    [
      'waits no longer than a minute for a data plane that confirms nothing',
      { served: unconfirmed, groups: both, notBack: 'not accepted', windingDownMs: 60_000 },
      ['to stable', 'leave', 'give back', 'remove'],
    ],
  ] as const)('%s', async (_, seen, does) => {
    expect(await look(seen)).toEqual(does);
  });
});
