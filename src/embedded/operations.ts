import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { EventQuery, LogQuery, Operations, StreamQuery } from '../api/operations.ts';
import type {
  ApplyRequest,
  ApplyView,
  EventView,
  HistoryView,
  LogLine,
  PlanView,
  ReleaseRequest,
  RolloutView,
  SteerRequest,
  StreamMessage,
  SystemView,
  TickView,
} from '../api/resources.ts';
import { unknownRollout, type Controller } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { steer } from '../engine/steer.ts';
import type { RevisionId } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve.ts';
import type { StateStore } from '../store/queries.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { withProcessField, type Deployment } from './deployment.ts';
import { merge } from './merge.ts';
import type { RevisionCatalogue } from './revision-catalogue.ts';
import type { Shown } from './shown.ts';
import { trackOf } from './views.ts';

/** Lines of each process to begin with. */
const LOG_TAIL = 20;

/** What the operations work on. */
export interface OperationsParts {
  readonly store: StateStore;
  readonly supervisor: Supervisor;
  readonly controller: Controller;
  readonly catalogue: RevisionCatalogue;
  readonly deployment: Deployment;
  readonly shown: Shown;
  readonly system: () => Promise<SystemView>;
  /** Begins to end the control process, and returns. */
  readonly shutDown: (everything: boolean) => void;
  /** Aborted when the control process ends. */
  readonly closing: AbortSignal;
}

/** Everything the API can do on one machine. */
export class EmbeddedOperations implements Operations {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
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

  plan(document: JsonObject): Promise<PlanView> {
    return this.#parts.deployment.plan(document);
  }

  apply(request: ApplyRequest): Promise<ApplyView> {
    return this.#parts.deployment.apply(request);
  }

  release(name: string, request: ReleaseRequest): Promise<ApplyView> {
    return this.#parts.deployment.release(name, request);
  }

  async steer(name: string, request: SteerRequest): Promise<RolloutView> {
    const { controller, catalogue, shown } = this.#parts;
    const record = await controller.change(name, (before) => {
      refuseDeleting(before);
      const steered = steer(before.status, request);
      if (steered.wanted !== undefined) catalogue.require(name, steered.wanted.revision);
      const wanted = steered.wanted ?? before.wanted;
      return {
        record: { ...before, status: steered.status, ...(wanted === undefined ? {} : { wanted }) },
        consequences: { events: steered.events },
      };
    });
    return shown.view(record);
  }

  async restart(name: string): Promise<RolloutView> {
    const { supervisor, closing } = this.#parts;
    const { status } = await this.#record(name);
    if (status.stable === undefined)
      throw new Failure('conflict', `${name} has no stable version to restart`);
    await supervisor.restart({ rollout: name, revision: status.stable }, closing);
    return this.get(name);
  }

  async scale(name: string, replicas: number): Promise<RolloutView> {
    const { controller, shown } = this.#parts;
    const record = await controller.change(name, (before) => {
      refuseDeleting(before);
      const document = withProcessField(JSON.parse(before.document) as JsonObject, 'replicas', replicas);
      const text = JSON.stringify(document);
      const isSame = text === before.document;
      return {
        record: {
          ...before,
          rollout: resolveRollout(document),
          document: text,
          generation: before.generation + (isSame ? 0 : 1),
        },
      };
    });
    return shown.view(record);
  }

  async remove(name: string): Promise<void> {
    const { controller, store, supervisor, catalogue, closing } = this.#parts;
    await this.#record(name);
    const revisions = await store.listRevisions(name);
    const gone = removal(store, name, closing);
    await controller.change(name, (record) => ({ record: { ...record, deleting: true } }));
    await gone;
    await catalogue.keepOnly(name, new Set());
    for (const { id } of revisions) await supervisor.removeLogs({ rollout: name, revision: id });
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
    let last = 0;
    const missed =
      after === undefined ? [] : await store.events({ after, ...(rollout === undefined ? {} : { rollout }) });
    for (const event of missed) {
      last = Math.max(last, event.id);
      yield { kind: 'event', event };
    }
    for await (const message of live) {
      if (!isAbout(message, rollout)) continue;
      if (message.kind === 'event' && message.event.id <= last) continue;
      yield message;
    }
  }

  async shutDown(everything: boolean): Promise<void> {
    this.#parts.shutDown(everything);
    return Promise.resolve();
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

function refuseDeleting({ deleting, rollout }: RolloutRecord): void {
  if (deleting) throw new Failure('conflict', `${rollout.name} is being deleted`);
}

function isAbout(message: StreamMessage, rollout: string | undefined): boolean {
  if (rollout === undefined) return true;
  switch (message.kind) {
    case 'rollout':
      return message.rollout.name === rollout;
    case 'deleted':
      return message.name === rollout;
    case 'event':
      return message.event.rollout === rollout;
  }
}

/** Settles when a Rollout's record is gone, or the process ends. */
function removal(store: StateStore, name: string, closing: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = store.onSaved((change) => {
      if (change.kind !== 'removed' || change.name !== name) return;
      stop();
      resolve();
    });
    closing.addEventListener(
      'abort',
      () => {
        stop();
        reject(
          new Failure('unreachable', `the control process ended while ${name} was being deleted`, {
            hint: 'the deletion goes on when it is started again',
          }),
        );
      },
      { once: true },
    );
  });
}
