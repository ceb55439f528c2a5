import { randomUUID } from 'node:crypto';
import type { EventQuery, Operations, StreamQuery } from '../api/operations.ts';
import type {
  ApproveRequest,
  EventView,
  HistoryView,
  RolloutView,
  SteerRequest,
  StreamMessage,
} from '../api/resources.ts';
import { formatDuration } from '../base/duration.ts';
import { Failure, FAILURES, type FailureCode } from '../base/failure.ts';
import { undoTarget } from '../engine/undo.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { isApiError } from '../kube/api-error.ts';
import type { KubeClient, Selection } from '../kube/client.ts';
import { LABELS } from '../kube/names.ts';
import type { RevisionId } from '../rollout/model.ts';
import { deadlineIn, waitFor } from '../system/waiting.ts';
import { silentLog } from '../telemetry/log.ts';
import { CONTROLLER_REVISIONS } from '../workloads/deployment/objects.ts';
import { eventsOf, viewOf } from './cluster-views.ts';
import { COMMANDS, withCommand, type Command } from './commands.ts';
import type { CommandAnswer } from './crd/rollout-status.ts';
import { ROLLOUTS, type RolloutObject } from './objects.ts';
import { readMemory } from './store/memory.ts';
import { listViews, viewsOf } from './listing.ts';
import { restart } from './restart.ts';
import { Releases } from './store/releases.ts';

const REQUEST_MS = 30_000;
/** How long the operator may take with a command. */
const ANSWER_MS = 20_000;
/** As long as `uninstall` waits: pods may take their time to end. */
const REMOVE_MS = 600_000;
const LOOK_MS = 200;
const ATTEMPTS = 5;

type Steering = Pick<
  Operations,
  'list' | 'get' | 'steer' | 'approve' | 'restart' | 'remove' | 'history' | 'events' | 'stream'
>;

/** Where commands work, and who gives them. */
export interface ClusterOperationsOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Who approves, by the name that they give themselves: it counts where the webhook does not know better. */
  readonly user?: string;
  /** How long the operator may take to let go of what a deleted Rollout has adopted; ten minutes by default. */
  readonly removeWithinMs?: number;
}

/** What can be done about the Rollouts of a namespace from outside: by their objects, as anybody may with kubectl. */
export class ClusterOperations implements Operations, Steering {
  readonly #options: ClusterOperationsOptions;
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #releases: Releases;

  constructor(options: ClusterOperationsOptions) {
    const { client, namespace } = options;
    this.#options = options;
    this.#client = client;
    this.#namespace = namespace;
    this.#releases = new Releases(client, silentLog);
  }

  async list(): Promise<readonly RolloutView[]> {
    return listViews(this.#client, { namespace: this.#namespace }, deadlineIn(REQUEST_MS));
  }

  async get(name: string): Promise<RolloutView> {
    const object = await this.#object(name);
    const of = { place: { namespace: this.#namespace }, objects: [object] };
    const [view = viewOf(object)] = await viewsOf(this.#client, of, deadlineIn(REQUEST_MS));
    return view;
  }

  async steer(name: string, request: SteerRequest): Promise<RolloutView> {
    return this.#command(name, await this.#named(name, request));
  }

  async approve(name: string, request: ApproveRequest): Promise<RolloutView> {
    const { user: as } = this.#options;
    return this.#command(name, { verb: 'approve', ...(as === undefined ? {} : { as }), ...request });
  }

  async restart(name: string): Promise<RolloutView> {
    const object = await this.#object(name);
    await restart(this.#client, object, deadlineIn(REQUEST_MS));
    return viewOf(object);
  }

  async remove(name: string): Promise<void> {
    const { metadata } = await this.#object(name);
    const key = { namespace: this.#namespace, name };
    const { removeWithinMs = REMOVE_MS } = this.#options;
    const late = deadlineIn(removeWithinMs);
    await this.#client.delete(ROLLOUTS, key, deadlineIn(REQUEST_MS));
    for (;;) {
      const there = await this.#client.get(ROLLOUTS, key, deadlineIn(REQUEST_MS));
      if (there === undefined || there.metadata.uid !== metadata.uid) return;
      if (!(await waitFor(LOOK_MS, late))) throw notLetGo(there, removeWithinMs);
    }
  }

  async history(name: string): Promise<readonly HistoryView[]> {
    return this.#releases.ended(await this.#object(name), deadlineIn(REQUEST_MS));
  }

  async events({ rollout, after = 0, limit }: EventQuery): Promise<readonly EventView[]> {
    const objects = rollout === undefined ? await this.#objects() : [await this.#object(rollout)];
    const all = objects.flatMap(eventsOf).sort((a, b) => a.at - b.at);
    return all.filter(({ id }) => id > after).slice(-(limit ?? all.length));
  }

  async *stream({ rollout }: StreamQuery, signal: AbortSignal): AsyncIterable<StreamMessage> {
    const fields = rollout === undefined ? {} : { fields: `metadata.name=${rollout}` };
    const where = { namespace: this.#namespace, ...fields };
    const told = new Map<string, number>();
    for (;;) {
      try {
        yield* this.#changes(where, told, signal);
      } catch (cause) {
        if (signal.aborted) return;
        if (!isApiError(cause, 'gone')) throw cause;
      }
    }
  }

  /** What there is, and then what changes, as long as one connection lasts. */
  async *#changes(
    where: Selection,
    told: Map<string, number>,
    signal: AbortSignal,
  ): AsyncGenerator<StreamMessage> {
    const { items, resourceVersion } = await this.#client.list(ROLLOUTS, where, signal);
    for (const object of items) yield* messagesOf(object, told);
    for await (const change of this.#client.watch(ROLLOUTS, { ...where, resourceVersion }, signal)) {
      if (change.kind === 'deleted') yield { kind: 'deleted', name: change.object.metadata.name };
      else if (change.kind !== 'bookmark') yield* messagesOf(change.object, told);
    }
  }

  system = (): Promise<never> => onlyHere('system');
  plan = (): Promise<never> => onlyHere('plan');
  apply = (): Promise<never> => onlyHere('apply', 'kubectl apply');
  release = (): Promise<never> => onlyHere('release', 'kubectl set image');
  releaseGroup = (): Promise<never> => onlyHere('release --group');
  scale = (): Promise<never> => onlyHere('scale', 'kubectl scale');
  maintain = (): Promise<never> => onlyHere('maintenance');
  ticks = (): Promise<never> => onlyHere('ticks');
  createToken = (): Promise<never> => onlyHere('token');
  listTokens = (): Promise<never> => onlyHere('token');
  revokeToken = (): Promise<never> => onlyHere('token');
  upload = (): Promise<never> => onlyHere('upload');
  shutDown = (): Promise<never> => onlyHere('down', 'kubectl scale');
  logs = (): never => {
    throw elsewhere('logs', 'kubectl logs');
  };

  /** The revision that an undo names. */
  async #named(name: string, request: SteerRequest): Promise<SteerRequest> {
    if (request.verb !== 'undo' || request.to === undefined) return request;
    const object = await this.#object(name);
    const { to, insist = false } = request;
    const kept = await this.#kept(name);
    const ways = {
      status: readMemory(object.status?.memory)?.status ?? NEW_STATUS,
      releases: await this.#releases.ended(object, deadlineIn(REQUEST_MS)),
      isKept: (id: RevisionId) => kept.has(`${name}-${id}`),
    };
    return { verb: 'undo', to: undoTarget({ to, insist }, ways) };
  }

  /** The names of what is written down of revisions. */
  async #kept(name: string): Promise<ReadonlySet<string>> {
    const where = { namespace: this.#namespace, labels: `${LABELS.rollout}=${name}` };
    const { items } = await this.#client.list(CONTROLLER_REVISIONS, where, deadlineIn(REQUEST_MS));
    return new Set(items.map(({ metadata }) => metadata.name));
  }

  /** Hands a command to the operator, and waits for what it says. */
  async #command(name: string, command: Command): Promise<RolloutView> {
    const id = randomUUID();
    await this.#order(name, { ...command, id });
    const late = deadlineIn(ANSWER_MS);
    do {
      const object = await this.#object(name);
      const answer = object.status?.answers?.find((one) => one.id === id);
      if (answer?.refused !== undefined) throw refusalIn(answer);
      if (answer !== undefined) return viewOf(object);
    } while (await waitFor(LOOK_MS, late));
    throw new Failure('unreachable', `no operator has answered for ${name} within ${ANSWER_MS / 1_000} s`, {
      hint: 'the command waits for it: see whether `coalmine operator` runs and looks after this namespace',
    });
  }

  async #order(name: string, ordered: Command & { readonly id: string }): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const object = await this.#object(name);
      const { resourceVersion = '' } = object.metadata;
      const annotations = { [COMMANDS]: withCommand(object, ordered) };
      const key = { namespace: this.#namespace, name };
      try {
        const merge = { metadata: { resourceVersion, annotations } };
        await this.#client.patch(ROLLOUTS, { ...key, merge }, deadlineIn(REQUEST_MS));
        return;
      } catch (cause) {
        if (!isApiError(cause, 'conflict') || attempt >= ATTEMPTS) throw cause;
      }
    }
  }

  async #objects(): Promise<readonly RolloutObject[]> {
    const { items } = await this.#client.list(
      ROLLOUTS,
      { namespace: this.#namespace },
      deadlineIn(REQUEST_MS),
    );
    return items;
  }

  async #object(name: string): Promise<RolloutObject> {
    const key = { namespace: this.#namespace, name };
    const object = await this.#client.get(ROLLOUTS, key, deadlineIn(REQUEST_MS));
    if (object !== undefined) return object;
    throw new Failure('notFound', `there is no Rollout named ${name} in the namespace ${this.#namespace}`, {
      hint: 'name another with --namespace, or see `coalmine get`',
    });
  }
}

function* messagesOf(object: RolloutObject, told: Map<string, number>): Generator<StreamMessage> {
  const { name } = object.metadata;
  const last = told.get(name);
  yield { kind: 'rollout', rollout: viewOf(object) };
  const events = eventsOf(object);
  told.set(name, events.at(-1)?.id ?? 0);
  if (last === undefined) return;
  for (const event of events) if (event.id > last) yield { kind: 'event', event };
}

function notLetGo({ metadata, status }: RolloutObject, withinMs: number): Failure {
  const said = status?.message === undefined ? '' : `; it says: ${status.message}`;
  const words = `the operator has not let go of ${metadata.name} within ${formatDuration(withinMs)}${said}`;
  return new Failure('timedOut', words, {
    hint: 'it is being deleted, and goes once it is let go of: see whether `coalmine operator` runs and looks after this namespace',
  });
}

function refusalIn({ refused = '', message = '', hint }: CommandAnswer): Failure {
  const code = isCode(refused) ? refused : 'conflict';
  return new Failure(code, message, hint === undefined ? {} : { hint });
}

function isCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURES, text);
}

function onlyHere(what: string, instead?: string): Promise<never> {
  return Promise.reject(elsewhere(what, instead));
}

function elsewhere(what: string, instead?: string): Failure {
  const hint =
    instead === undefined ? 'leave out --context, --kubeconfig and --namespace' : `use \`${instead}\``;
  return new Failure('notBuilt', `${what} does not work on a cluster yet`, { hint });
}
