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
import type { StateStore } from '../store/queries.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { currentOf } from './current.ts';
import type { Deployment } from './deployment.ts';
import { merge } from './merge.ts';
import { refuseDeleting } from './refusals.ts';
import type { RevisionCatalogue } from './revision-catalogue.ts';
import type { Shown } from './shown.ts';
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
      refuseDeleting(name, before);
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
    const { deployment, shown } = this.#parts;
    return shown.view(await deployment.scale(name, replicas));
  }

  async remove(name: string): Promise<void> {
    const { deployment, store, closing } = this.#parts;
    await deployment.condemn(name);
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
      if (!isAbout(message, rollout)) continue;
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
