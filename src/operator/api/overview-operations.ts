import type { EventQuery, Operations, StreamQuery } from '../../api/operations.ts';
import type { EventView, RolloutView, StreamMessage } from '../../api/resources.ts';
import { Failure } from '../../base/failure.ts';
import type { KubeClient } from '../../kube/client.ts';
import { merge } from '../../system/merge.ts';
import { deadlineIn } from '../../system/waiting.ts';
import { ClusterOperations } from '../cluster-operations.ts';
import { eventsIn, withCluster } from '../cluster-views.ts';
import { listViews, type Place } from '../listing.ts';
import { ROLLOUTS } from '../objects.ts';
import { rolloutStream } from '../rollout-stream.ts';

const REQUEST_MS = 30_000;

/** Which Rollouts are looked over. */
export interface Overview {
  readonly client: KubeClient;
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** What the cluster is called. */
  readonly cluster: string | undefined;
}

/**
 * What can be asked about the Rollouts of several namespaces, or of all, at once: which there are, what happened, what
 * changes. What is about one of them is asked in its own namespace.
 */
export class OverviewOperations
  extends ClusterOperations
  implements Pick<Operations, 'list' | 'events' | 'stream'>
{
  readonly #overview: Overview;

  constructor(overview: Overview) {
    super({ client: overview.client, namespace: '' });
    this.#overview = overview;
  }

  override async list(): Promise<readonly RolloutView[]> {
    const { client, cluster } = this.#overview;
    const all = await Promise.all(
      this.#places.map((place) => listViews(client, place, deadlineIn(REQUEST_MS))),
    );
    return all.flat().map((view) => withCluster(view, cluster));
  }

  override async events(query: EventQuery): Promise<readonly EventView[]> {
    refuseOne(query);
    const { client } = this.#overview;
    const lists = this.#places.map((place) => client.list(ROLLOUTS, place, deadlineIn(REQUEST_MS)));
    const objects = (await Promise.all(lists)).flatMap(({ items }) => items);
    return eventsIn(objects, query);
  }

  override async *stream(query: StreamQuery, signal: AbortSignal): AsyncIterable<StreamMessage> {
    refuseOne(query);
    const { client, cluster } = this.#overview;
    yield* merge(this.#places.map((where) => rolloutStream(client, { where, cluster }, signal)));
  }

  override get(name: string): Promise<never> {
    return Promise.reject(ofOneNamespace(name));
  }

  get #places(): readonly Place[] {
    return this.#overview.namespaces?.map((namespace) => ({ namespace })) ?? [{}];
  }
}

function refuseOne({ rollout }: Pick<EventQuery, 'rollout'>): void {
  if (rollout !== undefined) throw ofOneNamespace(rollout);
}

/** Why nothing is answered about one Rollout where several namespaces are asked about. */
export function ofOneNamespace(what: string): Failure {
  return new Failure('usage', `${what} is of one namespace, and none is named`, {
    hint: 'ask at /namespaces/NAMESPACE/api/v1/…',
  });
}
