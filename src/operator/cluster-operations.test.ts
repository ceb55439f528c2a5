import { describe, expect, it } from 'vitest';
import { conditionIn, type Condition } from '../api/conditions.ts';
import { decidedIn, decidedOf, entityTag, stateTag } from '../api/state-tag.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { ApiError } from '../kube/api-error.ts';
import type { Deletion, KubeClient, Patch } from '../kube/client.ts';
import type { RevisionId } from '../rollout/model.ts';
import { aRollout } from '../../test/engine/rollouts.ts';
import { ClusterOperations } from './cluster-operations.ts';
import { viewOf } from './cluster-views.ts';
import { COMMANDS, commandsIn, requireSeen } from './commands.ts';
import type { RolloutObject } from './objects.ts';
import { writtenMemory } from './store/memory.ts';

const V1 = 'r1-one' as RevisionId;
const V2 = 'r1-two' as RevisionId;

function objectWith(stable: RevisionId, resourceVersion = '1'): RolloutObject {
  const memory = writtenMemory({ version: 1, status: { ...NEW_STATUS, stable }, wanted: stable });
  return {
    metadata: { name: 'shop', namespace: 'web', uid: 'u', generation: 1, resourceVersion },
    spec: { workload: { deployment: { name: 'shop' } }, strategy: { canary: { replicas: [1] } } },
    status: { memory },
  };
}

/** One object, with the optimistic concurrency of an API server, and an operator that answers every command. */
class OneObject {
  object: RolloutObject | undefined;
  writes = 0;
  /** What somebody else writes just before the next write arrives. */
  meanwhile: RolloutObject | undefined;

  constructor(object: RolloutObject) {
    this.object = object;
  }

  get client(): KubeClient {
    const client: Pick<KubeClient, 'get' | 'patch' | 'delete'> = {
      get: <T>() => Promise.resolve(this.object as T | undefined),
      patch: <T>(_: unknown, patch: Patch<never>) => {
        const { metadata = {} } = (patch as { readonly merge: Partial<RolloutObject> }).merge;
        const { resourceVersion, annotations } = metadata as RolloutObject['metadata'];
        const object = this.#written(resourceVersion);
        const named = { ...object, metadata: { ...object.metadata, annotations: { ...annotations } } };
        const answers = commandsIn(named).map(({ id }) => ({ id }));
        this.object = { ...named, status: { ...named.status, answers } };
        return Promise.resolve(this.object as T);
      },
      delete: (_, { resourceVersion }: Deletion) => {
        this.#written(resourceVersion);
        this.object = undefined;
        return Promise.resolve(true);
      },
    };
    return client as KubeClient;
  }

  #written(resourceVersion: string | undefined): RolloutObject {
    if (this.meanwhile !== undefined) this.object = this.meanwhile;
    this.meanwhile = undefined;
    const { object } = this;
    if (object === undefined) throw new ApiError('notFound', 'gone');
    const isStale = resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion;
    if (isStale) throw new ApiError('conflict', 'the object has been modified');
    this.writes += 1;
    return object;
  }
}

const ifMatch = (tag: string): Condition | undefined => conditionIn(new Headers({ 'if-match': tag }));
const tagOf = (object: RolloutObject): string =>
  `"${entityTag(JSON.stringify(viewOf(object)), decidedIn(viewOf(object)))}"`;

const CHANGES: readonly (readonly [string, (own: ClusterOperations) => Promise<unknown>])[] = [
  ['steering', (own) => own.steer('shop', { verb: 'pause' })],
  ['approving', (own) => own.approve('shop', { gate: 'sre' })],
  ['deleting', (own) => own.remove('shop')],
];

describe.each(CHANGES)('%s on a condition', (_, change) => {
  const on = (at: OneObject, condition: Condition | undefined): Promise<unknown> =>
    change(new ClusterOperations({ client: at.client, namespace: 'web', condition }));

  it('is done to what was looked at, also when somebody has written what decides nothing since', async () => {
    const at = new OneObject(objectWith(V1));
    at.meanwhile = objectWith(V1, '2');
    await on(at, ifMatch(tagOf(objectWith(V1))));
    expect(at.writes).toBe(1);
  });

  it('writes nothing to what has changed, before or in the very moment', async () => {
    const known = ifMatch(tagOf(objectWith(V1)));
    const changed = new OneObject(objectWith(V2, '2'));
    const raced = new OneObject(objectWith(V1));
    raced.meanwhile = objectWith(V2, '2');
    for (const at of [changed, raced]) {
      await expect(on(at, known)).rejects.toMatchObject({ code: 'preconditionFailed' });
      expect(at.writes).toBe(0);
    }
  });

  it('writes nothing where there is to be none', async () => {
    const at = new OneObject(objectWith(V1));
    const none = conditionIn(new Headers({ 'if-none-match': '*' }));
    await expect(on(at, none)).rejects.toMatchObject({ code: 'preconditionFailed' });
    expect(at.writes).toBe(0);
  });
});

describe('a command on a condition', () => {
  const recordWith = (stable: RevisionId): RolloutRecord => ({
    rollout: aRollout(),
    document: '',
    generation: 1,
    wanted: { revision: stable, mode: 'strategy' },
    status: { ...NEW_STATUS, stable },
    deleting: false,
    version: 1,
  });

  it('says what was seen, which the operator looks at once more before it does it', async () => {
    const at = new OneObject(objectWith(V1));
    const condition = ifMatch(tagOf(objectWith(V1)));
    const own = new ClusterOperations({ client: at.client, namespace: 'web', condition });
    await own.steer('shop', { verb: 'pause' });
    const [command] = commandsIn(at.object ?? { metadata: { name: '' } });
    if (command === undefined) throw new Error('there is none');
    expect(command.seen).toBe(stateTag(decidedOf(recordWith(V1))));
    expect(() => {
      requireSeen(command, recordWith(V1));
    }).not.toThrow();
    expect(() => {
      requireSeen(command, recordWith(V2));
    }).toThrow(/has changed since/);
  });

  it('says nothing of it without one', async () => {
    const at = new OneObject(objectWith(V1));
    await new ClusterOperations({ client: at.client, namespace: 'web' }).steer('shop', { verb: 'pause' });
    expect(at.object?.metadata.annotations?.[COMMANDS]).not.toContain('seen');
  });
});
