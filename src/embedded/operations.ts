import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { Caller } from '../api/access/caller.ts';
import type { EventQuery, LogQuery, Operations, StreamQuery } from '../api/operations.ts';
import type {
  ApplyRequest,
  ApplyView,
  ApproveRequest,
  CreatedToken,
  EventView,
  HistoryView,
  LogLine,
  MaintenanceRequest,
  PlanView,
  ReleaseRequest,
  RolloutView,
  SteerRequest,
  StreamMessage,
  SystemView,
  TickView,
  TokenRequest,
  TokenView,
  UploadKind,
  UploadView,
} from '../api/resources.ts';
import { rolloutOf } from '../api/stream-message.ts';
import { UPLOAD_LIMITS } from '../api/upload-limits.ts';
import { unknownRollout, type Controller } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { attributed, type Author } from '../engine/author.ts';
import { vote } from '../engine/gates/approve.ts';
import { steer, type Command } from '../engine/steer.ts';
import { undoTarget } from '../engine/undo.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { StateStore } from '../store/queries.ts';
import type { Uploads } from '../store/uploads.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { currentOf } from './current.ts';
import { wantedIn } from '../engine/status.ts';
import type { Deployment } from './deployment.ts';
import { merge } from './merge.ts';
import { refuseDeleting } from './refusals.ts';
import { maintained } from './maintenance.ts';
import type { RevisionCatalogue } from './revision-catalogue.ts';
import type { Shown } from './shown.ts';
import type { Tokens } from './tokens.ts';
import { trackOf } from './views.ts';

/** Lines of each process to begin with. */
const LOG_TAIL = 20;
const EVENTS_PER_PAGE = 500;

/** What the operations work on. */
export interface OperationsParts {
  readonly store: StateStore;
  readonly supervisor: Supervisor;
  readonly controller: Controller;
  readonly catalogue: RevisionCatalogue;
  readonly deployment: Deployment;
  readonly shown: Shown;
  readonly uploads: Uploads;
  readonly tokens: Tokens;
  readonly system: () => Promise<SystemView>;
  /** Begins to end the control process, and returns. */
  readonly shutDown: (everything: boolean) => void;
  /** Aborted when the control process ends. */
  readonly closing: AbortSignal;
}

/** Everything the API can do on one machine, for one caller, whom it is written down to. */
export class EmbeddedOperations implements Operations {
  readonly #parts: OperationsParts;
  readonly #caller: Caller;

  constructor(parts: OperationsParts, caller: Caller) {
    this.#parts = parts;
    this.#caller = caller;
  }

  system(): Promise<SystemView> {
    return this.#parts.system();
  }

  async list(): Promise<readonly RolloutView[]> {
    const { store, shown } = this.#parts;
    return Promise.all((await store.list()).map((record) => shown.view(record)));
  }

  async get(name: string): Promise<RolloutView> {
    return this.#parts.shown.view(await this.#record(name));
  }

  async plan(document: JsonObject): Promise<PlanView> {
    const { deployment, shown } = this.#parts;
    const plan = await deployment.plan(document);
    const traffic = shown.traffic(plan.name);
    return traffic === undefined ? plan : { ...plan, traffic };
  }

  apply(request: ApplyRequest): Promise<ApplyView> {
    return this.#parts.deployment.apply(request, this.#author);
  }

  release(name: string, request: ReleaseRequest): Promise<ApplyView> {
    return this.#parts.deployment.release(name, request, this.#author);
  }

  releaseGroup(group: string, request: ReleaseRequest): Promise<readonly ApplyView[]> {
    return this.#parts.deployment.releaseGroup(group, request, this.#author);
  }

  async steer(name: string, request: SteerRequest): Promise<RolloutView> {
    const { controller, catalogue, shown } = this.#parts;
    const command = await this.#commandOf(name, request);
    const by = this.#author;
    const record = await controller.change(name, (before) => {
      refuseDeleting(name, before);
      const { status, wanted, events } = steer(before.status, command, by.name);
      const asked = wanted === undefined ? [] : wantedIn(wanted);
      for (const revision of asked) catalogue.require(name, revision);
      return {
        record: { ...before, status, ...(wanted === undefined ? {} : { wanted: { ...wanted, by } }) },
        consequences: { events: attributed(events, by) },
      };
    });
    return shown.view(record);
  }

  /** What was asked for, with the revision that an undo names. */
  async #commandOf(name: string, request: SteerRequest): Promise<Command> {
    if (request.verb !== 'undo') return request;
    const { to, insist = false } = request;
    if (to === undefined) return { verb: 'undo' };
    const { catalogue, store } = this.#parts;
    const { status } = await this.#record(name);
    const isKept = (id: RevisionId): boolean => catalogue.has(name, id);
    return {
      verb: 'undo',
      to: undoTarget({ to, insist }, { status, releases: await store.releases(name), isKept }),
    };
  }

  async approve(name: string, { reject = false, ...said }: ApproveRequest): Promise<RolloutView> {
    const { controller, shown } = this.#parts;
    const at = Date.now();
    const record = await controller.change(name, (before) => {
      refuseDeleting(name, before);
      const ballot = { ...said, voter: this.#caller, reject, at };
      const { status, events } = vote(before.rollout, before.status, ballot);
      return { record: { ...before, status }, consequences: { events: attributed(events, this.#author) } };
    });
    return shown.view(record);
  }

  async restart(name: string): Promise<RolloutView> {
    const { supervisor, controller, closing } = this.#parts;
    const { status } = await this.#record(name);
    const { stable: revision } = status;
    if (revision === undefined) throw new Failure('conflict', `${name} has no stable version to restart`);
    const message = `the processes of ${revision} are replaced one by one`;
    const events = attributed([{ type: 'Restarted' as const, message, revision }], this.#author);
    await controller.change(name, (record) => ({ record, consequences: { events } }));
    await supervisor.restart({ rollout: name, revision }, closing);
    return this.get(name);
  }

  async scale(name: string, replicas: number): Promise<RolloutView> {
    const { deployment, shown } = this.#parts;
    return shown.view(await deployment.scale(name, replicas, this.#author));
  }

  async maintain(name: string, request: MaintenanceRequest): Promise<RolloutView> {
    const { controller, shown } = this.#parts;
    const record = await controller.change(name, (before) => {
      refuseDeleting(name, before);
      const { status, events } = maintained(before, request, Date.now());
      return { record: { ...before, status }, consequences: { events: attributed(events, this.#author) } };
    });
    return shown.view(record);
  }

  async remove(name: string): Promise<void> {
    const { deployment, store, closing } = this.#parts;
    await deployment.condemn(name, this.#author);
    await removal(store, name, closing);
    await deployment.removeUnused(name);
  }

  async history(name: string): Promise<readonly HistoryView[]> {
    await this.#record(name);
    return this.#parts.store.releases(name);
  }

  async ticks(name: string, release: number): Promise<readonly TickView[]> {
    await this.#record(name);
    return this.#parts.store.ticks(name, release);
  }

  events(query: EventQuery): Promise<readonly EventView[]> {
    return this.#parts.store.events(query);
  }

  async *logs(name: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
    const { supervisor } = this.#parts;
    const record = await this.#record(name);
    const revisions = await this.#revisionsToLog(record, query.of);
    const lines = query.tail ?? LOG_TAIL;
    yield* merge(
      revisions.map((revision) => {
        const key = { rollout: name, revision };
        return query.follow === true
          ? supervisor.followLog(key, lines, signal)
          : supervisor.tailLog(key, lines);
      }),
    );
  }

  async *stream(query: StreamQuery, signal: AbortSignal): AsyncIterable<StreamMessage> {
    const { store, shown, closing } = this.#parts;
    const { rollout, after } = query;
    const ending = AbortSignal.any([signal, closing]);
    // Listening begins before what was missed is read, so that nothing falls in between.
    const live = shown.hub.listen(ending);
    const records = (await store.list()).filter(
      (record) => rollout === undefined || record.rollout.name === rollout,
    );
    for (const record of records) yield { kind: 'rollout', rollout: await shown.view(record) };
    let last = after ?? 0;
    if (after !== undefined) {
      for await (const event of this.#missed(after, rollout)) {
        last = event.id;
        yield { kind: 'event', event };
      }
    }
    for await (const message of live) {
      if (rollout !== undefined && rolloutOf(message) !== rollout) continue;
      if (message.kind === 'event' && message.event.id <= last) continue;
      yield message;
    }
  }

  /** Everything after an event, page by page. */
  async *#missed(after: number, rollout: string | undefined): AsyncIterable<EventView> {
    const about = rollout === undefined ? {} : { rollout };
    let last: number | undefined = after;
    while (last !== undefined) {
      const page: readonly EventView[] = await this.#parts.store.events({
        ...about,
        after: last,
        limit: EVENTS_PER_PAGE,
      });
      yield* page;
      last = page.length < EVENTS_PER_PAGE ? undefined : page.at(-1)?.id;
    }
  }

  async upload(kind: UploadKind, bytes: AsyncIterable<Uint8Array>): Promise<UploadView> {
    return { path: await this.#parts.uploads.keep(kind, bytes, UPLOAD_LIMITS[kind]) };
  }

  createToken(request: TokenRequest): Promise<CreatedToken> {
    return this.#parts.tokens.create(request, this.#author);
  }

  listTokens(): Promise<readonly TokenView[]> {
    return this.#parts.tokens.list();
  }

  revokeToken(name: string): Promise<TokenView> {
    return this.#parts.tokens.revoke(name, this.#author);
  }

  async shutDown(everything: boolean): Promise<void> {
    this.#parts.shutDown(everything);
    return Promise.resolve();
  }

  get #author(): Author {
    return this.#caller.author;
  }

  async #record(name: string): Promise<RolloutRecord> {
    const record = await this.#parts.store.get(name);
    if (record === undefined) throw unknownRollout(name);
    return record;
  }

  async #revisionsToLog(record: RolloutRecord, of: string | undefined): Promise<readonly RevisionId[]> {
    const { name } = record.rollout;
    const known = (await this.#parts.store.listRevisions(name)).map(({ id }) => id);
    const running = this.#parts.supervisor.groups(name).map(({ revision }) => revision);
    if (of === undefined) return running.length > 0 ? running : known.slice(-1);
    const chosen = known.filter((id) => id === of || (running.includes(id) && trackOf(record, id) === of));
    if (chosen.length > 0) return chosen;
    throw new Failure('notFound', `${name} has no track or revision ${of}`, {
      hint: `there are: stable, canary, ${known.join(', ')}`,
    });
  }
}

/** Settles when a Rollout that is being wound down is gone. Throws Failure `unreachable` when the process ends first. */
async function removal(store: StateStore, name: string, closing: AbortSignal): Promise<void> {
  const over = new AbortController();
  const gone = new Promise<void>((resolve) => {
    const stop = store.onSaved((change) => {
      if (change.kind === 'removed' && change.name === name) resolve();
    });
    over.signal.addEventListener('abort', stop, { once: true });
  });
  const closed = new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
    };
    if (closing.aborted) end();
    else closing.addEventListener('abort', end, { signal: over.signal });
  });
  try {
    // Listening has begun: what was removed before is no longer there, and what is removed now is heard.
    if ((await currentOf(store, name)) === undefined) return;
    const isGone = await Promise.race([gone.then(() => true), closed.then(() => false)]);
    if (!isGone) throw endedTooSoon(name);
  } finally {
    over.abort();
  }
}

function endedTooSoon(name: string): Failure {
  return new Failure('unreachable', `the control process ended while ${name} was being deleted`, {
    hint: 'the deletion goes on when it is started again',
  });
}
