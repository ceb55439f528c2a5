import { describe, expect, it } from 'vitest';
import type { RolloutRecord } from '../../controller/ports.ts';
import { NEW_STATUS } from '../../engine/status.ts';
import type { KubeClient } from '../../kube/client.ts';
import { keyText } from '../../kube/object.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import { aRollout as theRollout } from '../../../test/engine/rollouts.ts';
import { eventsIn } from '../cluster-views.ts';
import type { RolloutObject } from '../objects.ts';
import { aRollout } from '../testing/cluster.ts';
import type { Announcement } from './announcements.ts';
import { ClusterStore, type StoreParts } from './store.ts';
import type { Telling } from './teller.ts';

const NOON = Date.UTC(2026, 0, 2, 12);

/** An operator whose clock stands still, with these Rollouts; what it tells Kubernetes comes to `told`. */
function aStore(objects: Map<string, RolloutObject>, told: Telling[] = []): ClusterStore {
  let version = 0;
  const client: Pick<KubeClient, 'replace'> = {
    replace: (_, object) => {
      version += 1;
      const { metadata } = object;
      const written = { ...object, metadata: { ...metadata, resourceVersion: String(version) } };
      objects.set(keyText(metadata), written as unknown as RolloutObject);
      return Promise.resolve(written);
    },
  };
  const parts: Partial<StoreParts> = {
    client: client as KubeClient,
    rollouts: { get: (key) => objects.get(key), keys: () => [...objects.keys()] },
    announcements: {
      add: (_: string, { tellings }: Announcement) => void told.push(...tellings),
    } as unknown as StoreParts['announcements'],
    now: () => NOON,
    deadline: () => new AbortController().signal,
  };
  return new ClusterStore(parts as StoreParts);
}

/** A Rollout of the Deployment `shop`, as it is saved. */
function aRecord(place: { readonly namespace: string; readonly name: string }): RolloutRecord {
  const workload = { kind: 'deployment', name: 'shop', hold: 'webhook', replicas: 2, stop: { drainMs: 0 } };
  return {
    rollout: { ...theRollout({ workload: workload as Rollout['workload'] }), ...place },
    ...{ document: '', generation: 1, status: NEW_STATUS, deleting: false, version: 0 },
  };
}

describe('what many Rollouts save in the same millisecond', () => {
  it('is read event by event, each once and in the order in which it was saved', async () => {
    const places = ['shop', 'web'].flatMap((namespace) =>
      Array.from({ length: 20 }, (_, index) => ({ namespace, name: `app-${index}` })),
    );
    const objects = new Map(
      places.map(({ namespace, name }) => [`${namespace}/${name}`, aRollout(namespace, name)]),
    );
    const store = aStore(objects);
    for (const place of places) {
      await store.save(aRecord(place), { events: [{ type: 'Promoted', message: keyText(place) }] });
    }
    const read: string[] = [];
    for (let after = 0; ;) {
      const [event] = eventsIn([...objects.values()], { after, limit: 1 });
      if (event === undefined) break;
      read.push(event.message);
      after = event.id;
    }
    expect(read).toEqual(places.map(keyText));
  });
});

describe('what Kubernetes is told', () => {
  it('begins with what is adopted, once', async () => {
    const place = { namespace: 'web', name: 'shop' };
    const objects = new Map([['web/shop', aRollout('web', 'shop')]]);
    const told: Telling[] = [];
    const stable = 'r1-one' as RevisionId;
    const healthy = { ...aRecord(place), status: { ...NEW_STATUS, stable } };
    const saved = await aStore(objects, told).save(healthy, {});
    const adopted = {
      ...{ reason: 'Adopted', isWarning: false, at: NOON },
      message: 'the Deployment shop is adopted: r1-one, which it runs, is trusted',
    };
    expect(told).toEqual([adopted]);
    await aStore(objects, told).save(saved, { events: [{ type: 'Promoted', message: 'it is' }] });
    expect(told.map(({ reason }) => reason)).toEqual(['Adopted', 'Promoted']);
  });
});
