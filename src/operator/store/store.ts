import { Failure } from '../../base/failure.ts';
import { isSameJson } from '../../base/same-json.ts';
import type { Consequences, RolloutRecord, Store } from '../../controller/ports.ts';
import type { Wanted } from '../../engine/wanted.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { FINALIZER } from '../../kube/names.ts';
import { keyText } from '../../kube/object.ts';
import { statusOf } from '../../kube/resource.ts';
import type { RevisionId } from '../../rollout/model.ts';
import type { RolloutObjectStatus } from '../crd/rollout-status.ts';
import { ROLLOUTS, type RolloutObject } from '../objects.ts';
import { NOT_MEASURED, obstructed, type Found, type Obstacle } from '../status/conditions.ts';
import { shownStatus } from '../status/rollout-status.ts';
import { entryOf, isNewer, renew, type Entry, type Resolved } from './entry.ts';
import { writtenMemory, type Memory } from './memory.ts';
import type { Releases } from './releases.ts';
import { isWarning, type Teller } from './teller.ts';
import { withTold } from './told.ts';
import { isUrgent, longestLagMs } from './urgency.ts';
import type { CommandAnswer } from '../crd/rollout-status.ts';

/** What is found out about a Rollout besides what it says itself. */
export interface Facts {
  readonly resolved: Resolved;
  /** The revision of the Deployment's template. */
  readonly template: RevisionId;
  /** What a Rollout begins with that was never looked after: what runs is trusted. */
  readonly begin: () => Promise<Memory['status'] | Obstacle>;
}

/** What the store works with. */
export interface StoreParts {
  readonly client: KubeClient;
  readonly releases: Releases;
  readonly teller: Teller;
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
    const status = entry.memory?.status ?? (await facts.begin());
    if ('reason' in status) return this.#stuck(entry, status);
    const wanted = wantedOf(facts.template, entry.memory?.override);
    entry.asked = { template: facts.template, wanted };
    return {
      rollout,
      document: JSON.stringify(entry.object.spec),
      generation: entry.object.metadata.generation ?? 0,
      wanted,
      status,
      deleting: entry.object.metadata.deletionTimestamp !== undefined,
      version: entry.memory?.version ?? 0,
    };
  }

  /** The newest that is known of a Rollout; undefined when there is none. */
  entry(key: string): Entry | undefined {
    const object = this.#parts.rollouts.get(key);
    const known = this.#entries.get(key);
    if (object === undefined) {
      this.#entries.delete(key);
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
    if ((entry.memory?.version ?? 0) !== record.version) throw changed(key);
    const next = this.#memoryOf(entry, record, consequences);
    if (answer === undefined && this.#mayWait(entry, next, consequences)) entry.memory = next;
    else await this.#write({ key, entry, record, next, answer, consequences });
    return { ...record, version: next.version };
  }

  /** Lets the object of a Rollout go that was wound down. */
  async remove(record: RolloutRecord): Promise<void> {
    const key = keyText(record.rollout);
    const entry = this.entry(key);
    if (entry !== undefined) await this.release(entry.object);
    this.#entries.delete(key);
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

  #memoryOf(entry: Entry, record: RolloutRecord, { events = [] }: Consequences): Memory {
    const { memory, asked } = entry;
    const { wanted } = record;
    const isOverride = wanted !== undefined && asked !== undefined && !isSameJson(wanted, asked.wanted);
    const override = isOverride ? { ...wanted, insteadOf: asked.template } : memory?.override;
    return {
      version: record.version + 1,
      status: record.status,
      ...(override === undefined ? {} : { override }),
      ...(wanted === undefined ? {} : { wanted: wanted.revision }),
      ...templatedOf(entry, record.status),
      told: withTold(memory?.told ?? [], events, this.#parts.now()),
    };
  }

  #mayWait({ saved, memory }: Entry, next: Memory, { events = [], ended }: Consequences): boolean {
    if (saved === undefined || events.length > 0 || ended !== undefined) return false;
    if (!isSameJson(memory?.override, next.override) || isUrgent(saved.status, next.status)) return false;
    return this.#parts.now() - saved.atMs < longestLagMs(next.status);
  }

  async #write(writing: Writing): Promise<void> {
    const { releases, deadline } = this.#parts;
    const { entry, record, next, consequences, answer } = writing;
    const signal = deadline();
    const before = entry.saved?.status;
    // First the history, then the memory: a crash between the two ends the same release once more.
    if (consequences.ended !== undefined) await releases.end(entry.object, consequences.ended, signal);
    const answers = answer === undefined ? entry.answers : [...entry.answers, answer].slice(-ANSWERS_KEPT);
    const status = {
      ...shownStatus(record.rollout, record.status, this.#found(entry.object)),
      ...(answers.length === 0 ? {} : { answers: [...answers] }),
      memory: writtenMemory(next),
    };
    await this.#writeStatus(entry, status);
    entry.memory = next;
    entry.answers = answers;
    entry.saved = { status: next.status, version: next.version, atMs: this.#parts.now() };
    await this.#tellOf(writing, signal);
    await this.#tellUnmeasured(entry, { before, now: next.status }, signal);
  }

  /** Whoever reads is told after it counts. */
  async #tellOf({ entry, record, next, consequences }: Writing, signal: AbortSignal): Promise<void> {
    const { releases, teller } = this.#parts;
    await releases.show(entry.object, next.status, signal);
    for (const { type, message, at } of (next.told ?? []).slice(
      -(consequences.events?.length ?? 0) || Infinity,
    )) {
      const telling = { reason: type, message, isWarning: isWarning(type), at };
      await teller.tell(entry.object, telling, signal);
    }
    if (consequences.ended === undefined) return;
    await releases.prune(entry.object, record.rollout.historyKeep, signal).catch(() => undefined);
  }

  /** Once for each reason of a release: what is missing still at the next write is not going to be there in a moment. */
  async #tellUnmeasured(
    { object }: Entry,
    { before, now }: { readonly before: Memory['status'] | undefined; readonly now: Memory['status'] },
    signal: AbortSignal,
  ): Promise<void> {
    const message = now.release?.missing;
    if (message === undefined || before?.release?.missing === undefined) return;
    const at = now.release?.startedAt ?? this.#parts.now();
    await this.#parts.teller.tell(object, { reason: NOT_MEASURED, message, isWarning: true, at }, signal);
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

  #found({ metadata, status }: RolloutObject): Found {
    const at = new Date(this.#parts.now()).toISOString();
    return { generation: metadata.generation ?? 0, at, before: status?.conditions ?? [] };
  }

  /** Says once what stands in the way. Nothing is asked again until something has changed. */
  async #stuck(entry: Entry, obstacle: Obstacle): Promise<undefined> {
    const { object } = entry;
    if (object.metadata.deletionTimestamp !== undefined) {
      await this.release(object);
      return undefined;
    }
    const found = this.#found(object);
    const conditions = [...obstructed(obstacle, found)];
    const stalled = found.before.find(({ type, status }) => type === 'Stalled' && status === 'True');
    const isTold = stalled?.message === obstacle.message && stalled.observedGeneration === found.generation;
    if (isTold) return undefined;
    const { message, reason } = obstacle;
    const status = { ...object.status, observedGeneration: found.generation, message, conditions };
    await this.#writeStatus(entry, { ...status, phase: 'Degraded' });
    const telling = { reason, message, isWarning: true, at: this.#parts.now() };
    await this.#parts.teller.tell(entry.object, telling, this.#parts.deadline());
    return undefined;
  }
}

/** So many answers to commands are kept. */
const ANSWERS_KEPT = 20;

interface Writing {
  readonly key: string;
  readonly entry: Entry;
  readonly record: RolloutRecord;
  readonly next: Memory;
  readonly answer: CommandAnswer | undefined;
  readonly consequences: Consequences;
}

/** A release keeps the checks of the templates that it began with: what the look that begins it was made with. */
function templatedOf({ resolved, memory }: Entry, { release }: Memory['status']): Pick<Memory, 'templated'> {
  if (release === undefined) return {};
  const isNew = memory?.status.release?.number !== release.number;
  const templated = isNew ? resolved?.templated : memory.templated;
  return templated === undefined || templated.length === 0 ? {} : { templated };
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
