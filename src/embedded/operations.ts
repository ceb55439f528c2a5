import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { Admitted } from '../api/access/caller.ts';
import type { Condition } from '../api/conditions.ts';
import type { EventQuery, LogQuery, Operations, StreamQuery } from '../api/operations.ts';
import type {
  ApplyRequest,
  ApplyView,
  ApproveRequest,
  AuditView,
  CreatedToken,
  EventView,
  HistoryView,
  LinkRequest,
  LinkView,
  LogLine,
  OpenSession,
  MaintenanceRequest,
  PlanView,
  ReleaseRequest,
  RolloutView,
  SteerRequest,
  StreamMessage,
  SystemView,
  TickView,
  TrialRequest,
  TriedListener,
  TokenRequest,
  TokenView,
  UploadKind,
  UploadView,
} from '../api/resources.ts';
import {
  revisionDetail,
  revisionViews,
  type RevisionDetail,
  type RevisionPast,
  type RevisionView,
} from '../api/revision-views.ts';
import { decidedOf } from '../api/state-tag.ts';
import { rolloutOf } from '../api/stream-message.ts';
import { UPLOAD_LIMITS } from '../api/upload-limits.ts';
import { unknownRollout, type Controller } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { attributed, type Author } from '../engine/author.ts';
import { vote } from '../engine/gates/approve.ts';
import { steer, type Command } from '../engine/steer.ts';
import { undoTarget } from '../engine/undo.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { AuditQuery } from '../store/rows/audit.ts';
import type { StateStore } from '../store/queries.ts';
import type { Uploads } from '../store/uploads.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { wantedIn } from '../engine/status.ts';
import type { Deployment } from './deployment.ts';
import type { MachineErrands } from './errands/machine-errands.ts';
import type { Asking } from './order.ts';
import { merge } from '../system/merge.ts';
import { isOfEnvironment } from './hidden-values.ts';
import { refuseDeleting } from './refusals.ts';
import { maintained } from './maintenance.ts';
import { removal } from './removal.ts';
import type { RevisionCatalogue } from './revision-catalogue.ts';
import type { Shown } from './shown.ts';
import type { Dashboard } from './dashboard.ts';
import type { BrowserSessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import { trackOf } from './views.ts';
import type { ReleasePart } from '../store/rows/release.ts';
import type { TickPart } from '../store/rows/tick.ts';

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
  readonly hooks: Pick<MachineErrands, 'log' | 'tryListeners'>;
  readonly shown: Shown;
  readonly uploads: Uploads;
  readonly tokens: Tokens;
  readonly sessions: Pick<BrowserSessions, 'list' | 'endOne' | 'endAll'>;
  readonly dashboard: Pick<Dashboard, 'link'>;
  readonly system: () => Promise<SystemView>;
  /** Begins to end the control process, and returns. */
  readonly shutDown: (everything: boolean) => void;
  /** Aborted when the control process ends. */
  readonly closing: AbortSignal;
}

/** Everything the API can do on one machine, for one caller, whom it is written down to. */
export class EmbeddedOperations implements Operations {
  readonly #parts: OperationsParts;
  readonly #caller: Admitted;
  /** What must be so for a Rollout to be changed. */
  readonly #condition: Condition | undefined;

  constructor(parts: OperationsParts, caller: Admitted, condition?: Condition) {
    this.#condition = condition;
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
    return this.#parts.deployment.apply(request, this.#author, this.#condition);
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
      this.#refuseChanging(name, before);
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
      this.#refuseChanging(name, before);
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
    return shown.view(await deployment.scale(name, replicas, this.#asking));
  }

  async maintain(name: string, request: MaintenanceRequest): Promise<RolloutView> {
    const { controller, shown } = this.#parts;
    const record = await controller.change(name, (before) => {
      this.#refuseChanging(name, before);
      const { status, events } = maintained(before, request, Date.now());
      return { record: { ...before, status }, consequences: { events: attributed(events, this.#author) } };
    });
    return shown.view(record);
  }

  async tryListeners(name: string, request: TrialRequest): Promise<readonly TriedListener[]> {
    const { hooks, closing } = this.#parts;
    return hooks.tryListeners(await this.#record(name), request, closing);
  }

  async remove(name: string): Promise<void> {
    const { deployment, store, closing } = this.#parts;
    await deployment.condemn(name, this.#asking);
    await removal(store, name, closing);
    await deployment.removeUnused(name);
  }

  async history(name: string, part?: ReleasePart): Promise<readonly HistoryView[]> {
    await this.#record(name);
    return this.#parts.store.releases(name, part);
  }

  async ticks(name: string, release: number, part?: TickPart): Promise<readonly TickView[]> {
    await this.#record(name);
    return this.#parts.store.ticks(name, release, part);
  }

  async revisions(name: string): Promise<readonly RevisionView[]> {
    const { catalogue } = this.#parts;
    return revisionViews(await catalogue.kept(name), await this.#past(name));
  }

  async revision(name: string, id: string, against?: string): Promise<RevisionDetail> {
    const past = await this.#past(name);
    const question = { id, ...(against === undefined ? {} : { against }), isSecret: isOfEnvironment };
    return revisionDetail(question, await this.#parts.catalogue.kept(name), past);
  }

  async #past(name: string): Promise<RevisionPast> {
    const { status } = await this.#record(name);
    return { status, releases: await this.#parts.store.releases(name) };
  }

  events(query: EventQuery): Promise<readonly EventView[]> {
    return this.#parts.store.events(query);
  }

  async *logs(name: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
    const { supervisor } = this.#parts;
    const record = await this.#record(name);
    const { hook, follow = false, tail: lines = LOG_TAIL } = query;
    if (hook !== undefined) {
      if (query.of !== undefined) throw new Failure('usage', 'a hook is of no track: leave out one of them');
      yield* this.#parts.hooks.log(record.rollout, { hook, lines, follow }, signal);
      return;
    }
    const revisions = await this.#revisionsToLog(record, query.of);
    yield* merge(
      revisions.map((revision) => {
        const key = { rollout: name, revision };
        return follow ? supervisor.followLog(key, lines, signal) : supervisor.tailLog(key, lines);
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

  audit(query: AuditQuery): Promise<readonly AuditView[]> {
    return this.#parts.store.audit(query);
  }

  revokeToken(name: string): Promise<TokenView> {
    return this.#parts.tokens.revoke(name, this.#author);
  }

  listSessions(): Promise<readonly OpenSession[]> {
    return this.#parts.sessions.list();
  }

  endSession(id: string): Promise<OpenSession> {
    return this.#parts.sessions.endOne(id);
  }

  endSessions(name?: string): Promise<readonly OpenSession[]> {
    return this.#parts.sessions.endAll(name);
  }

  createLink(request: LinkRequest): Promise<LinkView> {
    const { dashboard } = this.#parts;
    return Promise.resolve(dashboard.link(this.#caller, request));
  }

  async shutDown(everything: boolean): Promise<void> {
    this.#parts.shutDown(everything);
    return Promise.resolve();
  }

  /** Throws Failure when what was decided by is not so any more. */
  #refuseChanging(name: string, before: RolloutRecord): void {
    this.#condition?.require(decidedOf(before));
    refuseDeleting(name, before);
  }

  get #asking(): Asking {
    return { by: this.#author, ...(this.#condition === undefined ? {} : { condition: this.#condition }) };
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
