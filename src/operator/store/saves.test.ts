import { beforeEach, describe, expect, it } from 'vitest';
import { aRollout as theRollout } from '../../../test/engine/rollouts.ts';
import type { RolloutRecord } from '../../controller/ports.ts';
import { NEW_STATUS, type Status } from '../../engine/status.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { aRollout } from '../testing/cluster.ts';
import { routedIn } from './routed.ts';
import { ClusterStore, type StoreParts } from './store.ts';

const STABLE = 'r1-a' as RevisionId;
const { metadata, spec } = aRollout('web', 'shop');
/** As it was made; the watch has told nothing since. */
const MADE = { metadata: { ...metadata, uid: 'u1', generation: 1, resourceVersion: '1' }, spec };

/** At rest, with an earlier version that is kept for so long yet. */
function keeping(leftMs: number): Status {
  const kept = { revision: 'r1-b' as RevisionId, leftMs, seenAt: 0 };
  return { ...NEW_STATUS, stable: STABLE, phase: 'Healthy', kept };
}

/** What somebody waits for until it is opened. */
class Barrier {
  open: () => void = () => undefined;
  readonly isOpen = new Promise<void>((resolve) => (this.open = resolve));
}

describe('a Rollout that several save at once', () => {
  let store: ClusterStore;
  /** What answers to writes wait for. */
  let written: Promise<void>;
  /** What those wait for who find nothing remembered, one after the other. */
  let beginnings: Promise<void>[];

  beforeEach(() => {
    [written, beginnings] = [Promise.resolve(), []];
    let version = 1;
    const client: Pick<KubeClient, 'replace'> = {
      replace: async (_, object) => {
        version += 1;
        const answer = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
        await written;
        return answer;
      },
    };
    const rollout = { ...theRollout({}), name: 'shop', namespace: 'web' };
    const resolved = { text: '', spec, rollout, templated: [], routed: routedIn(spec) };
    const begin = () => Promise.resolve(beginnings.shift()).then(() => keeping(60_000));
    const parts: Partial<StoreParts> = {
      client: client as KubeClient,
      rollouts: { get: () => MADE, keys: () => ['web/shop'] },
      factsOf: () => Promise.resolve({ resolved, template: STABLE, begin }),
      announcements: { add: () => undefined } as unknown as StoreParts['announcements'],
      now: () => 0,
      deadline: () => new AbortController().signal,
    };
    store = new ClusterStore(parts as StoreParts);
  });

  async function read(): Promise<RolloutRecord> {
    const record = await store.get('web/shop');
    if (record === undefined) throw new Error('it cannot be worked with');
    return record;
  }

  it('keeps what a command has changed, whatever a look saves that began before that was written', async () => {
    const before = await store.save(await read(), {});
    const writing = new Barrier();
    written = writing.isOpen;
    const paused = { ...before, status: { ...before.status, phase: 'Paused' as const } };
    const command = store.saveAnswered(paused, {}, { id: 'one' });
    // It only counts on, and need not be written at once.
    const look = store.save({ ...before, status: keeping(59_000) }, {});
    writing.open();
    const [commanded, looked] = await Promise.allSettled([command, look]);
    expect([commanded.status, looked]).toMatchObject([
      'fulfilled',
      { status: 'rejected', reason: { code: 'conflict' } },
    ]);
    expect(await read()).toMatchObject({ status: { phase: 'Paused' } });
  });

  it('refuses what was read before another save, though it was long in being read', async () => {
    const beginning = new Barrier();
    beginnings = [beginning.isOpen];
    const slow = read();
    await store.save(await read(), {});
    beginning.open();
    await expect(store.save(await slow, {})).rejects.toMatchObject({ code: 'conflict' });
  });
});
