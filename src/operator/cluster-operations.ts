import { randomUUID } from 'node:crypto';
import type { Condition } from '../api/conditions.ts';
import { decidedIn, stateTag } from '../api/state-tag.ts';
import type { EventQuery, Operations, StreamQuery } from '../api/operations.ts';
import type {
  ApproveRequest,
  EventView,
  HistoryView,
  RolloutView,
  SteerRequest,
  StreamMessage,
  TickView,
  TrialRequest,
  TriedListener,
} from '../api/resources.ts';
import {
  revisionDetail,
  revisionViews,
  type RevisionDetail,
  type RevisionPast,
  type RevisionView,
} from '../api/revision-views.ts';
import { formatDuration } from '../base/duration.ts';
import type { ReleasePart } from '../store/rows/release.ts';
import type { TickPart } from '../store/rows/tick.ts';
import { Failure, FAILURES, type FailureCode } from '../base/failure.ts';
import { undoTarget } from '../engine/undo.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { isApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { LABELS } from '../kube/names.ts';
import type { RevisionId } from '../rollout/model.ts';
import { deadlineIn, waitFor } from '../system/waiting.ts';
import { silentLog } from '../telemetry/log.ts';
import { CONTROLLER_REVISIONS, type ControllerRevision } from '../workloads/deployment/objects.ts';
import { isValueOfVariable, keptRevisions } from './kept-revisions.ts';
import { eventsIn, viewOf, withCluster } from './cluster-views.ts';
import { tryInCluster } from './cluster-trial.ts';
import { COMMANDS, withCommand, type Command, type Ordered } from './commands.ts';
import type { CommandAnswer } from './crd/rollout-status.ts';
import { ROLLOUTS, type RolloutObject } from './objects.ts';
import { readMemory } from './store/memory.ts';
import { listViews, rolloutsIn, viewsOf } from './listing.ts';
import { restart } from './restart.ts';
import { rolloutStream } from './rollout-stream.ts';
import { Releases } from './store/releases.ts';
import { keptTicks } from './ticks/kept-ticks.ts';

const REQUEST_MS = 30_000;
/** How long the operator may take with a command. */
const ANSWER_MS = 20_000;
/** As long as `uninstall` waits: pods may take their time to end. */
const REMOVE_MS = 600_000;
const LOOK_MS = 200;
const ATTEMPTS = 5;

type Steering = Pick<
  Operations,
  | 'list'
  | 'get'
  | 'steer'
  | 'approve'
  | 'restart'
  | 'remove'
  | 'tryListeners'
  | 'history'
  | 'revisions'
  | 'revision'
  | 'ticks'
  | 'events'
  | 'stream'
>;

/** Where commands work, and who gives them. */
export interface ClusterOperationsOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** What the cluster is called; absent: nobody has said it. */
  readonly cluster?: string | undefined;
  /** Who approves, by the name that they give themselves: it counts where the webhook does not know better. */
  readonly user?: string;
  /** Says on a command who gives it, where that is known. */
  readonly seal?: (command: Ordered, object: RolloutObject) => Promise<Ordered>;
  /** What must be so of a Rollout when it is changed. */
  readonly condition?: Condition | undefined;
  /** Ends every request and every wait. */
  readonly signal?: AbortSignal;
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
    const all = await listViews(this.#client, { namespace: this.#namespace }, this.#within(REQUEST_MS));
    return all.map((view) => this.#named(view));
  }

  async get(name: string): Promise<RolloutView> {
    const object = await this.#object(name);
    const of = { place: { namespace: this.#namespace }, objects: [object] };
    const [view = viewOf(object)] = await viewsOf(this.#client, of, this.#within(REQUEST_MS));
    return this.#named(view);
  }

  async steer(name: string, request: SteerRequest): Promise<RolloutView> {
    return this.#command(name, await this.#resolved(name, request));
  }

  async approve(name: string, request: ApproveRequest): Promise<RolloutView> {
    const { user: as } = this.#options;
    return this.#command(name, { verb: 'approve', ...(as === undefined ? {} : { as }), ...request });
  }

  async restart(name: string): Promise<RolloutView> {
    const object = await this.#object(name);
    await restart(this.#client, object, this.#within(REQUEST_MS));
    return this.#named(viewOf(object));
  }

  async tryListeners(name: string, request: TrialRequest): Promise<readonly TriedListener[]> {
    const object = await this.#object(name);
    return tryInCluster(this.#client, { object, request }, () => this.#within(REQUEST_MS));
  }

  async remove(name: string): Promise<void> {
    const key = { namespace: this.#namespace, name };
    const { removeWithinMs = REMOVE_MS } = this.#options;
    const late = this.#within(removeWithinMs);
    const { metadata } = await this.#unraced(async () => {
      const seen = this.#required(await this.#object(name));
      const { uid = '', resourceVersion = '' } = seen.metadata;
      const bound = this.#options.condition === undefined ? {} : { uid, resourceVersion };
      await this.#client.delete(ROLLOUTS, { ...key, ...bound }, this.#within(REQUEST_MS));
      return seen;
    });
    for (;;) {
      const there = await this.#client.get(ROLLOUTS, key, this.#within(REQUEST_MS));
      if (there === undefined || there.metadata.uid !== metadata.uid) return;
      if (!(await waitFor(LOOK_MS, late))) throw notLetGo(there, removeWithinMs);
    }
  }

  async history(
    name: string,
    { before = Infinity, limit }: ReleasePart = {},
  ): Promise<readonly HistoryView[]> {
    const ended = await this.#releases.ended(await this.#object(name), this.#within(REQUEST_MS));
    return ended.filter(({ number }) => number < before).slice(0, limit);
  }

  async ticks(name: string, release: number, part: TickPart = {}): Promise<readonly TickView[]> {
    await this.#object(name);
    const rollout = { namespace: this.#namespace, name };
    const ticks = await keptTicks(this.#client, { rollout, release }, this.#within(REQUEST_MS));
    const { after = 0, limit = ticks.length } = part;
    return ticks.slice(after, after + limit);
  }

  async revisions(name: string): Promise<readonly RevisionView[]> {
    const past = await this.#past(name);
    return revisionViews(keptRevisions(await this.#snapshots(name)), past);
  }

  async revision(name: string, id: string, against?: string): Promise<RevisionDetail> {
    const past = await this.#past(name);
    const question = { id, ...(against === undefined ? {} : { against }), isSecret: isValueOfVariable };
    return revisionDetail(question, keptRevisions(await this.#snapshots(name)), past);
  }

  async events(query: EventQuery): Promise<readonly EventView[]> {
    const { rollout } = query;
    return eventsIn(rollout === undefined ? await this.#objects() : [await this.#object(rollout)], query);
  }

  async *stream({ rollout }: StreamQuery, signal: AbortSignal): AsyncIterable<StreamMessage> {
    const fields = rollout === undefined ? {} : { fields: `metadata.name=${rollout}` };
    const where = { namespace: this.#namespace, ...fields };
    yield* rolloutStream(this.#client, { where, cluster: this.#options.cluster }, signal);
  }

  system = (): Promise<never> => onlyHere('system');
  plan = (): Promise<never> => onlyHere('plan');
  apply = (): Promise<never> => onlyHere('apply', 'kubectl apply');
  release = (): Promise<never> => onlyHere('release', 'kubectl set image');
  releaseGroup = (): Promise<never> => onlyHere('release --group');
  scale = (): Promise<never> => onlyHere('scale', 'kubectl scale');
  maintain = (): Promise<never> => onlyHere('maintenance');
  createToken = (): Promise<never> => onlyHere('token');
  listTokens = (): Promise<never> => onlyHere('token');
  audit = (): Promise<never> => onlyHere('audit', 'the audit log of the API server');
  revokeToken = (): Promise<never> => onlyHere('token');
  listSessions = (): Promise<never> => onlyHere('session');
  endSession = (): Promise<never> => onlyHere('session');
  endSessions = (): Promise<never> => onlyHere('session');
  createLink = (): Promise<never> => onlyHere('dashboard');
  upload = (): Promise<never> => onlyHere('upload');
  shutDown = (): Promise<never> => onlyHere('down', 'kubectl scale');
  logs = (): never => {
    throw elsewhere('logs', 'kubectl logs');
  };

  /** With the name of the cluster. */
  #named(view: RolloutView): RolloutView {
    return withCluster(view, this.#options.cluster);
  }

  /** The revision that an undo names. */
  async #resolved(name: string, request: SteerRequest): Promise<SteerRequest> {
    if (request.verb !== 'undo' || request.to === undefined) return request;
    const object = await this.#object(name);
    const { to, insist = false } = request;
    const kept = new Set(keptRevisions(await this.#snapshots(name)).map((one) => one.id));
    const ways = { ...(await this.#pastOf(object)), isKept: (id: RevisionId) => kept.has(id) };
    return { verb: 'undo', to: undoTarget({ to, insist }, ways) };
  }

  async #past(name: string): Promise<RevisionPast> {
    return this.#pastOf(await this.#object(name));
  }

  async #pastOf(object: RolloutObject): Promise<RevisionPast> {
    const status = readMemory(object.status?.memory)?.status ?? NEW_STATUS;
    return { status, releases: await this.#releases.ended(object, this.#within(REQUEST_MS)) };
  }

  /** What is written down of revisions. */
  async #snapshots(name: string): Promise<readonly ControllerRevision[]> {
    const where = { namespace: this.#namespace, labels: `${LABELS.rollout}=${name}` };
    const { items } = await this.#client.list(CONTROLLER_REVISIONS, where, this.#within(REQUEST_MS));
    return items;
  }

  /** Hands a command to the operator, and waits for what it says. */
  async #command(name: string, command: Command): Promise<RolloutView> {
    const id = randomUUID();
    await this.#order(name, { ...command, id });
    const late = this.#within(ANSWER_MS);
    do {
      const object = await this.#object(name);
      const answer = object.status?.answers?.find((one) => one.id === id);
      if (answer?.refused !== undefined) throw refusalIn(answer);
      if (answer !== undefined) return this.#named(viewOf(object));
    } while (await waitFor(LOOK_MS, late));
    throw new Failure('unreachable', `no operator has answered for ${name} within ${ANSWER_MS / 1_000} s`, {
      hint: 'the command waits for it: see whether `coalmine operator` runs and looks after this namespace',
    });
  }

  #order(name: string, ordered: Ordered): Promise<void> {
    const { seal, condition } = this.#options;
    return this.#unraced(async () => {
      const object = this.#required(await this.#object(name));
      const { resourceVersion = '' } = object.metadata;
      // The operator may go on before it does the command: it looks again.
      const seen = condition === undefined ? {} : { seen: stateTag(decidedIn(viewOf(object))) };
      const command = { ...ordered, ...seen };
      const given = seal === undefined ? command : await seal(command, object);
      const annotations = { [COMMANDS]: withCommand(object, given) };
      const key = { namespace: this.#namespace, name };
      const merge = { metadata: { resourceVersion, annotations } };
      await this.#client.patch(ROLLOUTS, { ...key, merge }, this.#within(REQUEST_MS));
    });
  }

  /** Looks and writes, and does both again where somebody else has written in between. */
  async #unraced<T>(write: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write();
      } catch (cause) {
        if (!isApiError(cause, 'conflict') || attempt >= ATTEMPTS) throw cause;
      }
    }
  }

  /** The object, when it is as it must be to be changed. Throws Failure `preconditionFailed`. */
  #required(object: RolloutObject): RolloutObject {
    this.#options.condition?.require(decidedIn(viewOf(object)));
    return object;
  }

  /** Ends when it has taken too long, or whoever asked has gone. */
  #within(ms: number): AbortSignal {
    const { signal } = this.#options;
    return signal === undefined ? deadlineIn(ms) : AbortSignal.any([deadlineIn(ms), signal]);
  }

  #objects(): Promise<readonly RolloutObject[]> {
    return rolloutsIn(this.#client, { namespace: this.#namespace }, this.#within(REQUEST_MS));
  }

  async #object(name: string): Promise<RolloutObject> {
    const key = { namespace: this.#namespace, name };
    const object = await this.#client.get(ROLLOUTS, key, this.#within(REQUEST_MS));
    if (object !== undefined) return object;
    throw new Failure('notFound', `there is no Rollout named ${name} in the namespace ${this.#namespace}`, {
      hint: 'name another with --namespace, or see `coalmine get`',
    });
  }
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
