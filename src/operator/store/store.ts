import { Failure } from '../../base/failure.ts';
import { isSameJson } from '../../base/same-json.ts';
import type { Consequences, RolloutRecord, Store } from '../../controller/ports.ts';
import type { Wanted } from '../../engine/wanted.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { FINALIZER } from '../../kube/names.ts';
import { keyText } from '../../kube/object.ts';
import { statusOf } from '../../kube/resource.ts';
import type { EndedRelease } from '../../engine/decision.ts';
import type { Status } from '../../engine/status.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import type { RolloutObjectStatus } from '../crd/rollout-status.ts';
import { ROLLOUTS, type RolloutObject } from '../objects.ts';
import {
  isObstructed,
  refusedIn,
  NOT_MEASURED,
  obstructed,
  type Found,
  type Obstacle,
} from '../status/conditions.ts';
import { shownStatus } from '../status/rollout-status.ts';
import type { TickKeeper } from '../ticks/tick-keeper.ts';
import type { Announcements } from './announcements.ts';
import { entryOf, isNewer, renew, type Entry, type Resolved } from './entry.ts';
import { writtenMemory, type Memory } from './memory.ts';
import { nextMemory } from './next-memory.ts';
import type { Releases } from './releases.ts';
import { routedBefore } from './routed.ts';
import { isWarning, type Telling } from './teller.ts';
import { newestIn } from './told.ts';
import { isUrgent, longestLagMs } from './urgency.ts';
import type { CommandAnswer } from '../crd/rollout-status.ts';

/** What is found out about a Rollout besides what it says itself. */
export interface Facts {
  readonly resolved: Resolved;
  /** The revision of the Deployment's template. */
  readonly template: RevisionId;
  /** Why what is declared now does not count: a release goes on by what was declared before. */
  readonly refused?: Obstacle;
  /** What a Rollout begins with that was never looked after: what runs is trusted. */
  readonly begin: () => Promise<Memory['status'] | Obstacle>;
}

/** What the store works with. */
export interface StoreParts {
  readonly client: KubeClient;
  readonly releases: Releases;
  readonly announcements: Announcements;
  /** Where what was counted as evidence goes. */
  readonly ticks: Pick<TickKeeper, 'add' | 'end' | 'forget'>;
  /** All Rollouts there are, without asking anybody. */
  readonly rollouts: { get(key: string): RolloutObject | undefined; keys(): readonly string[] };
  /** What there is to know of a Rollout, or why nothing can be done. */
  readonly factsOf: (
    object: RolloutObject,
    before: Pick<Entry, 'resolved' | 'memory'>,
  ) => Promise<Facts | Obstacle>;
  readonly now: () => number;
  /** When what is asked from now on must be answered. */
  readonly deadline: () => AbortSignal;
}

/** Keeps Rollouts in their objects. The name of a Rollout here is `namespace/name`. */
export class ClusterStore implements Store {
  readonly #parts: StoreParts;
  readonly #entries = new Map<string, Entry>();
  /** Those with a release that runs. */
  readonly #releasing = new Set<string>();
  /** The highest id of an event that was saved here. */
  #newest = 0;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  async list(): Promise<readonly RolloutRecord[]> {
    const records = await Promise.all(this.#parts.rollouts.keys().map((key) => this.get(key)));
    return records.filter((record) => record !== undefined);
  }

  /** Undefined also while something stands in the way, which its conditions tell. */
  async get(key: string): Promise<RolloutRecord | undefined> {
    const entry = this.entry(key);
    if (entry === undefined) return undefined;
    const facts = await this.#parts.factsOf(entry.object, entry);
    if ('reason' in facts) return this.#stuck(entry, facts);
    const { rollout } = facts.resolved;
    entry.resolved = facts.resolved;
    noteRefused(entry, facts.refused);
    const { memory } = entry;
    const status = memory?.status ?? (await facts.begin());
    if ('reason' in status) return this.#stuck(entry, status);
    await this.#showAgain(entry, rollout);
    return {
      rollout,
      document: JSON.stringify(entry.object.spec),
      generation: entry.object.metadata.generation ?? 0,
      ...askedOf(entry, facts),
      status,
      deleting: entry.object.metadata.deletionTimestamp !== undefined,
      // Of this status: another may have been saved since.
      version: memory?.version ?? 0,
    };
  }

  /** The newest that is known of a Rollout; undefined when there is none. */
  entry(key: string): Entry | undefined {
    const object = this.#parts.rollouts.get(key);
    const known = this.#entries.get(key);
    if (object === undefined) {
      this.#forget(key);
      return undefined;
    }
    if (known === undefined) {
      const made = entryOf(object);
      this.#entries.set(key, made);
      return made;
    }
    if (known.object.metadata.uid !== object.metadata.uid) {
      this.#entries.delete(key);
      return this.entry(key);
    }
    if (isNewer(object, known.object)) renew(known, object);
    return known;
  }

  save(record: RolloutRecord, consequences: Consequences): Promise<RolloutRecord> {
    return this.saveAnswered(record, consequences);
  }

  /** Saves a record together with what came of a command. */
  async saveAnswered(
    record: RolloutRecord,
    consequences: Consequences,
    answer?: CommandAnswer,
  ): Promise<RolloutRecord> {
    const key = keyText(record.rollout);
    const entry = this.entry(key);
    if (entry === undefined) throw changed(key);
    return this.#inTurn(entry, () => this.#save({ key, entry, record, answer, consequences }));
  }

  async #save(saving: Saving): Promise<RolloutRecord> {
    const { key, entry, record, answer, consequences } = saving;
    if (this.entry(key) !== entry || (entry.memory?.version ?? 0) !== record.version) throw changed(key);
    const next = nextMemory(entry, { record, consequences, at: this.#parts.now(), newest: this.#newest });
    this.#newest = Math.max(this.#newest, newestIn(next.told));
    if (next.status.release === undefined) this.#releasing.delete(key);
    else this.#releasing.add(key);
    if (answer === undefined && this.#mayWait(entry, next, consequences)) entry.memory = next;
    else await this.#write({ ...saving, next });
    const { counted, ended } = consequences;
    if (counted !== undefined && ended === undefined) this.#parts.ticks.add(entry.object, counted);
    return { ...record, version: next.version };
  }

  #inTurn<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    return entry.saves.do(work, { rank: 0, signal: this.#parts.deadline() });
  }

  /** Remembers that what is declared now is all that is steered. */
  async noteRouted(key: string): Promise<void> {
    const entry = this.entry(key);
    if (entry === undefined) return;
    await this.#inTurn(entry, async () => {
      if (entry.memory === undefined || entry.resolved === undefined) return;
      const { routed } = entry.resolved;
      const memory = { ...entry.memory, version: entry.memory.version + 1, routed };
      await this.#writeMemory(entry, entry.resolved.rollout, { memory, answers: entry.answers });
    });
  }

  /** Lets the object of a Rollout go that was wound down. */
  async remove(record: RolloutRecord): Promise<void> {
    const key = keyText(record.rollout);
    const entry = this.entry(key);
    if (entry !== undefined) await this.release(entry.object);
    this.#forget(key);
  }

  #forget(key: string): void {
    this.#parts.ticks.forget(this.#entries.get(key)?.object.metadata.uid ?? '');
    this.#entries.delete(key);
    this.#releasing.delete(key);
  }

  /** Takes our finalizer away, so that an object that is being deleted goes. */
  async release({ metadata }: RolloutObject): Promise<void> {
    const { client, deadline } = this.#parts;
    const { name, namespace, resourceVersion, finalizers = [] } = metadata;
    const left = finalizers.filter((one) => one !== FINALIZER);
    if (left.length === finalizers.length) return;
    const key = { name, ...(namespace === undefined ? {} : { namespace }) };
    const version = resourceVersion === undefined ? {} : { resourceVersion };
    await client.patch(
      ROLLOUTS,
      { ...key, merge: { metadata: { ...version, finalizers: left } } },
      deadline(),
    );
  }

  #mayWait({ saved, memory }: Entry, next: Memory, { events = [], ended }: Consequences): boolean {
    if (saved === undefined || events.length > 0 || ended !== undefined) return false;
    // What is wanted is decided, and shown: who changes something on a condition goes by it.
    if (memory?.wanted !== next.wanted || !isSameJson(memory?.override, next.override)) return false;
    if (isUrgent(saved.status, next.status)) return false;
    return this.#parts.now() - saved.atMs < longestLagMs(next.status, this.#releasing.size);
  }

  async #write(writing: Writing): Promise<void> {
    const { entry, record, next, consequences, answer } = writing;
    const before = entry.saved?.status;
    // First the history, then the memory: a crash between the two ends the same release once more.
    if (consequences.ended !== undefined) await this.#end(writing, consequences.ended);
    const answers = answer === undefined ? entry.answers : [...entry.answers, answer].slice(-ANSWERS_KEPT);
    await this.#writeMemory(entry, record.rollout, { memory: next, answers });
    this.#announce(writing, before);
  }

  /** What is shown of a running release comes before how it has ended. */
  async #end({ key, entry: { object }, consequences }: Writing, ended: EndedRelease): Promise<void> {
    const { announcements, releases, ticks, deadline } = this.#parts;
    await announcements.told(key);
    if (consequences.counted !== undefined) ticks.add(object, consequences.counted);
    await ticks.end(object, ended.number);
    await releases.end(object, ended, deadline());
  }

  /** Whoever reads is told after it counts. */
  #announce({ key, entry, record, next, consequences }: Writing, before: Status | undefined): void {
    const { ended, events = [] } = consequences;
    const { status, told = [] } = next;
    const tellings = told
      .slice(told.length - events.length)
      .map(({ type, message, at }): Telling => ({ reason: type, message, isWarning: isWarning(type), at }));
    this.#parts.announcements.add(key, {
      object: entry.object,
      status,
      tellings: [...this.#adopted(before, record), ...tellings, ...this.#unmeasured(before, status)],
      ...(ended === undefined ? {} : { ended: { ended, keep: record.rollout.historyKeep } }),
    });
  }

  /** Nothing was remembered before: what the Deployment runs has just been taken over. */
  #adopted(before: Status | undefined, { rollout, status }: RolloutRecord): readonly Telling[] {
    const { workload } = rollout;
    if (before !== undefined || status.stable === undefined || workload.kind !== 'deployment') return [];
    const message = `the Deployment ${workload.name} is adopted: ${status.stable}, which it runs, is trusted`;
    return [{ reason: 'Adopted', message, isWarning: false, at: this.#parts.now() }];
  }

  /** Once for each reason of a release: what is missing still at the next write is not going to be there in a moment. */
  #unmeasured(before: Status | undefined, { release }: Status): readonly Telling[] {
    const message = release?.missing;
    if (message === undefined || before?.release?.missing === undefined) return [];
    return [{ reason: NOT_MEASURED, message, isWarning: true, at: release?.startedAt ?? this.#parts.now() }];
  }

  async #writeStatus(entry: Entry, status: RolloutObjectStatus): Promise<void> {
    const { client, deadline } = this.#parts;
    const { object } = entry;
    try {
      entry.object = await client.replace(statusOf(ROLLOUTS), { ...object, status }, deadline());
    } catch (cause) {
      if (isApiError(cause, 'conflict')) await this.#refresh(entry);
      throw cause;
    }
  }

  /** Somebody has written the object since: what they wrote is taken into account at the next look, which is at once. */
  async #refresh(entry: Entry): Promise<void> {
    const { client, deadline } = this.#parts;
    const { name, namespace } = entry.object.metadata;
    const key = { name, ...(namespace === undefined ? {} : { namespace }) };
    const object = await client.get(ROLLOUTS, key, deadline());
    if (object !== undefined) renew(entry, object);
  }

  #found({ object: { metadata, status }, refused }: Entry): Found {
    const at = new Date(this.#parts.now()).toISOString();
    return {
      generation: metadata.generation ?? 0,
      at,
      before: status?.conditions ?? [],
      ...(refused === undefined ? {} : { refused }),
    };
  }

  /** What is remembered is shown once what stood in the way is gone, and of what is declared now, though it is the same. */
  async #showAgain(entry: Entry, rollout: Rollout): Promise<void> {
    if (isShown(entry)) return;
    await this.#inTurn(entry, async () => {
      const { memory, object } = entry;
      if (memory === undefined || isShown(entry)) return;
      await this.#writeMemory(entry, rollout, { memory, answers: entry.answers });
      this.#tellRefused(entry, refusedIn(object.status?.conditions ?? []));
    });
  }

  /** Says once why what is declared does not count. */
  #tellRefused({ object, refused }: Entry, before: string | undefined): void {
    if (refused === undefined || refused.message === before) return;
    const telling = { ...refused, isWarning: true, at: this.#parts.now() };
    this.#parts.announcements.add(keyText(object.metadata), { object, tellings: [telling] });
  }

  /** Writes what is remembered, and shows it. */
  async #writeMemory(
    entry: Entry,
    rollout: Rollout,
    { memory, answers }: { readonly memory: Memory; readonly answers: readonly CommandAnswer[] },
  ): Promise<void> {
    await this.#writeStatus(entry, {
      ...shownStatus(rollout, memory.status, this.#found(entry)),
      ...(answers.length === 0 ? {} : { answers: [...answers] }),
      memory: writtenMemory(memory),
    });
    entry.memory = memory;
    entry.answers = answers;
    entry.saved = { status: memory.status, version: memory.version, atMs: this.#parts.now() };
  }

  /** Says once what stands in the way. Nothing is asked again until something has changed. */
  async #stuck(entry: Entry, obstacle: Obstacle): Promise<undefined> {
    const { object } = entry;
    if (object.metadata.deletionTimestamp !== undefined) {
      await this.release(object);
      return undefined;
    }
    const found = this.#found(entry);
    const conditions = [...obstructed(obstacle, found)];
    const stalled = found.before.find(({ type, status }) => type === 'Stalled' && status === 'True');
    const isTold = stalled?.message === obstacle.message && stalled.observedGeneration === found.generation;
    if (isTold) return undefined;
    const { message, reason } = obstacle;
    const status = { ...object.status, observedGeneration: found.generation, message, conditions };
    await this.#writeStatus(entry, { ...status, phase: 'Degraded' });
    const telling = { reason, message, isWarning: true, at: this.#parts.now() };
    this.#parts.announcements.add(keyText(object.metadata), { object: entry.object, tellings: [telling] });
    return undefined;
  }
}

/** So many answers to commands are kept. */
const ANSWERS_KEPT = 20;

interface Saving {
  readonly key: string;
  readonly entry: Entry;
  readonly record: RolloutRecord;
  readonly answer: CommandAnswer | undefined;
  readonly consequences: Consequences;
}

interface Writing extends Saving {
  readonly next: Memory;
}

/** True where an object shows what is remembered of what is declared now, or never will. */
function isShown({ memory, object: { metadata, status }, refused }: Entry): boolean {
  if (memory === undefined || metadata.deletionTimestamp !== undefined) return true;
  const { conditions = [], observedGeneration } = status ?? {};
  const isCurrent = !isObstructed(conditions) && observedGeneration === metadata.generation;
  return isCurrent && refusedIn(conditions) === refused?.message;
}

function noteRefused(entry: Entry, refused: Obstacle | undefined): void {
  if (refused === undefined) delete entry.refused;
  else entry.refused = refused;
}

/** Notes what is asked for, and answers it; while its route is changed nothing is, so that no release has two. */
function askedOf(entry: Entry, { template }: Facts): Pick<RolloutRecord, 'wanted'> {
  const wanted = wantedOf(template, entry.memory?.override);
  entry.asked = { template, wanted };
  return routedBefore(entry) === undefined ? { wanted } : {};
}

/** What the Deployment asks for, unless a user wanted something else in place of just that. */
function wantedOf(template: RevisionId, override: Memory['override']): Wanted {
  if (override?.insteadOf !== template) return { revision: template, mode: 'strategy' };
  const { insteadOf: _, ...wanted } = override;
  return wanted;
}

function changed(key: string): Failure {
  return new Failure('conflict', `the Rollout ${key} was changed by somebody else in the meantime`);
}
