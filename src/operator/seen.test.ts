import { describe, expect, it } from 'vitest';
import { NEW_STATUS } from '../engine/status.ts';
import { ApiError } from '../kube/api-error.ts';
import type { KubeClient, Page, Selection } from '../kube/client.ts';
import { LABELS } from '../kube/names.ts';
import type { RevisionId } from '../rollout/model.ts';
import { DEPLOYMENTS, type ControllerRevision } from '../workloads/deployment/objects.ts';
import { listViews } from './listing.ts';
import { isSeen, rolloutOf } from './seen.ts';
import { writtenMemory, type Memory } from './store/memory.ts';
import { aDeployment, aRollout } from './testing/cluster.ts';

const soon = new AbortController().signal;
const [ONE, TWO, OLD] = ['r1-one', 'r1-two', 'r1-old'] as [RevisionId, RevisionId, RevisionId];

/** A revision as it is kept: its pods are of an image of its name. */
function kept(revision: string): ControllerRevision {
  return {
    metadata: {
      name: `shop-${revision}`,
      labels: { [LABELS.rollout]: 'shop', [LABELS.revision]: revision },
    },
    revision: 1,
    data: { template: { ...aDeployment('web', 'shop', revision).spec.template }, copies: {} },
  };
}

/** A namespace with a Rollout that remembers this, of a Deployment that runs an image. */
class Place {
  readonly namespace = 'web';
  readonly answered: string[] = [];
  readonly #remembered: Partial<Memory>;
  readonly #image: string;

  constructor(remembered: Partial<Memory>, image: string) {
    this.#remembered = remembered;
    this.#image = image;
  }

  get client(): KubeClient {
    const memory = writtenMemory({ version: 1, status: NEW_STATUS, ...this.#remembered });
    const client: Pick<KubeClient, 'get' | 'list'> = {
      get: <T>(of: unknown) => {
        const rollout = { ...aRollout('web', 'shop'), status: { memory } };
        const there = of === DEPLOYMENTS ? aDeployment('web', 'shop', this.#image) : rollout;
        return Promise.resolve(there as T | undefined);
      },
      list: <T>(_: unknown, { labels = '' }: Selection): Promise<Page<T>> => {
        const wanted = / in \(([^)]*)\)/.exec(labels)?.[1]?.split(',') ?? [OLD, ONE, TWO];
        this.answered.push(...wanted);
        return Promise.resolve({ items: wanted.map(kept) as unknown as readonly T[], resourceVersion: '1' });
      },
    };
    return client as KubeClient;
  }
}

/** A look whether the template of the Deployment is known. */
interface Look {
  readonly what: string;
  readonly memory: Partial<Memory>;
  readonly image: string;
  readonly is: boolean;
  /** The revisions that are read for it. */
  readonly read: readonly string[];
}

describe('what an operator has seen', () => {
  const override = { revision: ONE, mode: 'strategy', insteadOf: TWO } as const;

  it.each<Look>([
    { what: 'the template that it wants', memory: { wanted: ONE }, image: ONE, is: true, read: [ONE] },
    { what: 'another one', memory: { wanted: ONE }, image: TWO, is: false, read: [ONE] },
    { what: 'one that it knew long ago', memory: { wanted: ONE }, image: OLD, is: false, read: [ONE] },
    {
      what: 'one in place of which somebody wants another',
      ...{ memory: { wanted: ONE, override }, image: TWO, is: true, read: [ONE, TWO] },
    },
    { what: 'one before it has looked at all', memory: {}, image: ONE, is: false, read: [] },
  ])('is told without reading more of what is kept than may be it: $what', async (look) => {
    const place = new Place(look.memory, look.image);
    expect(await isSeen(place, 'shop', soon)).toBe(look.is);
    expect(place.answered).toEqual(look.read);
  });
});

describe('a cluster that does not know Rollouts', () => {
  const client = {
    list: () => Promise.reject(new ApiError('notFound', 'the API server does not list rollouts')),
  } as unknown as KubeClient;

  it.each([
    ['which one has adopted a Deployment', () => rolloutOf({ client, namespace: 'web' }, 'shop', soon)],
    ['for all of them', () => listViews(client, { namespace: 'web' }, soon)],
  ])('says so, and what to do, when it is asked %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({
      ...{ code: 'notFound', message: 'the cluster does not know what a Rollout is' },
      hint: expect.stringContaining('coalmine install') as string,
    });
  });
});
