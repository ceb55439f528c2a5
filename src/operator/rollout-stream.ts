import type { StreamMessage } from '../api/resources.ts';
import { isApiError } from '../kube/api-error.ts';
import type { KubeClient, Selection } from '../kube/client.ts';
import { keyText } from '../kube/object.ts';
import { eventsOf, viewOf, withCluster } from './cluster-views.ts';
import { ROLLOUTS, type RolloutObject } from './objects.ts';

/** Each Rollout of a place as it is, and then whenever it changes, with what happened from then on; until the signal aborts. */
export async function* rolloutStream(
  client: KubeClient,
  { where, cluster }: Streamed,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  const told = new Map<string, number>();
  for (;;) {
    try {
      yield* changes({ client, where, cluster, told }, signal);
    } catch (cause) {
      if (signal.aborted) return;
      if (!isApiError(cause, 'gone')) throw cause;
    }
  }
}

/** Which Rollouts are listened to. */
export interface Streamed {
  readonly where: Selection;
  /** What their cluster is called; undefined: nobody has said it. */
  readonly cluster: string | undefined;
}

interface Listening extends Streamed {
  readonly client: KubeClient;
  /** The newest event that was told of each. */
  readonly told: Map<string, number>;
}

/** What there is, and then what changes, as long as one connection lasts. */
async function* changes(
  { client, where, ...telling }: Listening,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  const { items, resourceVersion } = await client.list(ROLLOUTS, where, signal);
  for (const object of items) yield* messagesOf(object, telling);
  for await (const change of client.watch(ROLLOUTS, { ...where, resourceVersion }, signal)) {
    if (change.kind === 'deleted') yield deleted(change.object);
    else if (change.kind !== 'bookmark') yield* messagesOf(change.object, telling);
  }
}

function* messagesOf(
  object: RolloutObject,
  { told, cluster }: Pick<Listening, 'told' | 'cluster'>,
): Generator<StreamMessage> {
  const key = keyText(object.metadata);
  const last = told.get(key);
  yield { kind: 'rollout', rollout: withCluster(viewOf(object), cluster) };
  const events = eventsOf(object);
  told.set(key, events.at(-1)?.id ?? 0);
  if (last === undefined) return;
  for (const event of events) if (event.id > last) yield { kind: 'event', event };
}

function deleted({ metadata: { name, namespace } }: RolloutObject): StreamMessage {
  return { kind: 'deleted', name, ...(namespace === undefined ? {} : { namespace }) };
}
