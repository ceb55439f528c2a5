import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { AuditQuery } from '../../store/rows/audit.ts';
import type { EventQuery, LogQuery, Operations, StreamQuery } from '../operations.ts';
import type {
  ApplyRequest,
  ApproveRequest,
  EventView,
  LinkRequest,
  MaintenanceRequest,
  ReleaseRequest,
  SteerRequest,
  StreamMessage,
  TrialRequest,
  TokenRequest,
  UploadKind,
} from '../resources.ts';
import { rolloutOf } from '../stream-message.ts';
import type { Caller } from './caller.ts';
import { isInScope, refuseRedeclaring, requirePermission } from './permission.ts';
import type { ReleasePart } from '../../store/rows/release.ts';
import type { TickPart } from '../../store/rows/tick.ts';

/**
 * The operations as far as a caller may do them. What he may not do throws Failure `notPermitted` before it begins; of
 * answers about all Rollouts he sees what is about his own.
 */
export class PermittedOperations implements Operations {
  readonly #all: Operations;
  readonly #caller: Caller;

  constructor(all: Operations, caller: Caller) {
    this.#all = all;
    this.#caller = caller;
  }

  async system() {
    this.#require('system');
    return this.#all.system();
  }

  async list() {
    this.#require('list');
    return (await this.#all.list()).filter(({ name }) => this.#sees(name));
  }

  async get(name: string) {
    this.#require('get', name);
    return this.#all.get(name);
  }

  async plan(document: JsonObject) {
    this.#require('plan', nameIn(document));
    return this.#all.plan(document);
  }

  async apply(request: ApplyRequest) {
    this.#require('apply', nameIn(request.document));
    return this.#all.apply(request);
  }

  async release(name: string, request: ReleaseRequest) {
    this.#require('release', name);
    if (request.fromRollout !== undefined) this.#require('release', request.fromRollout);
    refuseRedeclaring(this.#caller, request.set);
    return this.#all.release(name, request);
  }

  async releaseGroup(group: string, request: ReleaseRequest) {
    this.#require('releaseGroup');
    const members = (await this.#all.list()).filter((view) => view.group?.name === group);
    for (const { name } of members) this.#require('releaseGroup', name);
    if (request.fromRollout !== undefined) this.#require('releaseGroup', request.fromRollout);
    refuseRedeclaring(this.#caller, request.set);
    return this.#all.releaseGroup(group, request);
  }

  async steer(name: string, request: SteerRequest) {
    this.#require('steer', name);
    return this.#all.steer(name, request);
  }

  async approve(name: string, request: ApproveRequest) {
    this.#require('approve', name);
    return this.#all.approve(name, request);
  }

  async restart(name: string) {
    this.#require('restart', name);
    return this.#all.restart(name);
  }

  async scale(name: string, replicas: number) {
    this.#require('scale', name);
    return this.#all.scale(name, replicas);
  }

  async maintain(name: string, request: MaintenanceRequest) {
    this.#require('maintain', name);
    return this.#all.maintain(name, request);
  }

  async tryListeners(name: string, request: TrialRequest) {
    this.#require('tryListeners', name);
    return this.#all.tryListeners(name, request);
  }

  async remove(name: string) {
    this.#require('remove', name);
    return this.#all.remove(name);
  }

  async history(name: string, part?: ReleasePart) {
    this.#require('history', name);
    return this.#all.history(name, part);
  }

  async ticks(name: string, release: number, part?: TickPart) {
    this.#require('ticks', name);
    return this.#all.ticks(name, release, part);
  }

  async revisions(name: string) {
    this.#require('revisions', name);
    return this.#all.revisions(name);
  }

  async revision(name: string, id: string, against?: string) {
    this.#require('revision', name);
    return this.#all.revision(name, id, against);
  }

  async events(query: EventQuery) {
    this.#require('events', query.rollout);
    const { rollouts } = this.#caller;
    if (rollouts === undefined || query.rollout !== undefined) return this.#all.events(query);
    const each = rollouts.map((rollout) => this.#all.events({ ...query, rollout }));
    return newest((await Promise.all(each)).flat(), query);
  }

  logs(name: string, query: LogQuery, signal: AbortSignal) {
    this.#require('logs', name);
    return this.#all.logs(name, query, signal);
  }

  stream(query: StreamQuery, signal: AbortSignal) {
    this.#require('stream', query.rollout);
    return this.#seen(this.#all.stream(query, signal));
  }

  async upload(kind: UploadKind, bytes: AsyncIterable<Uint8Array>) {
    this.#require('upload');
    return this.#all.upload(kind, bytes);
  }

  async createToken(request: TokenRequest) {
    this.#require('createToken');
    return this.#all.createToken(request);
  }

  async listTokens() {
    this.#require('listTokens');
    return this.#all.listTokens();
  }

  async listSessions() {
    this.#require('listSessions');
    return this.#all.listSessions();
  }

  async endSession(id: string) {
    this.#require('endSession');
    return this.#all.endSession(id);
  }

  async endSessions(name?: string) {
    this.#require('endSessions');
    return this.#all.endSessions(name);
  }

  async audit(query: AuditQuery) {
    this.#require('audit');
    return this.#all.audit(query);
  }

  async revokeToken(name: string) {
    this.#require('revokeToken');
    return this.#all.revokeToken(name);
  }

  async createLink(request: LinkRequest) {
    this.#require('createLink');
    return this.#all.createLink(request);
  }

  async shutDown(everything: boolean) {
    this.#require('shutDown');
    return this.#all.shutDown(everything);
  }

  #require(operation: keyof Operations, rollout?: string): void {
    requirePermission(this.#caller, operation, rollout);
  }

  #sees(rollout: string): boolean {
    return isInScope(this.#caller, rollout);
  }

  async *#seen(messages: AsyncIterable<StreamMessage>): AsyncIterable<StreamMessage> {
    for await (const message of messages) if (this.#sees(rolloutOf(message))) yield message;
  }
}

/** What one query over several Rollouts would have answered. */
function newest(events: readonly EventView[], { after, limit = Infinity }: EventQuery): readonly EventView[] {
  const sorted = [...events].sort((a, b) => a.id - b.id);
  return after === undefined ? sorted.slice(-limit) : sorted.slice(0, limit);
}

/** Without a name it is not valid, and in nobody's scope. */
function nameIn({ metadata }: JsonObject): string {
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}
