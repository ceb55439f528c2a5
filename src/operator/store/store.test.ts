import { describe, expect, it } from 'vitest';
import { NEW_STATUS } from '../../engine/status.ts';
import type { KubeClient } from '../../kube/client.ts';
import { keyText } from '../../kube/object.ts';
import { aRollout as theRollout } from '../../../test/engine/rollouts.ts';
import { eventsIn } from '../cluster-views.ts';
import type { RolloutObject } from '../objects.ts';
import { aRollout } from '../testing/cluster.ts';
import { ClusterStore, type StoreParts } from './store.ts';

const NOON = Date.UTC(2026, 0, 2, 12);

/** An operator whose clock stands still, with these Rollouts. */
function aStore(objects: Map<string, RolloutObject>): ClusterStore {
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
    announcements: { add: () => undefined } as unknown as StoreParts['announcements'],
    now: () => NOON,
    deadline: () => new AbortController().signal,
  };
  return new ClusterStore(parts as StoreParts);
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
      const record = {
        rollout: { ...theRollout({}), ...place },
        ...{ document: '', generation: 1, status: NEW_STATUS, deleting: false, version: 0 },
      };
      await store.save(record, { events: [{ type: 'Promoted', message: keyText(place) }] });
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
