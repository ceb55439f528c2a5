import { Failure } from '../base/failure.ts';
import type { Group } from '../engine/observation.ts';
import type { Instance } from './instance.ts';
import type { Endpoint, GroupKey, InstanceView, ProcessOwner, ProcessSettings } from './settings.ts';
import type { Site } from './site.ts';
import { Slot, type SlotHome } from './slot.ts';
import { careOf } from './start.ts';
import type { MeasuredInstance, RevisionCounts } from './usage.ts';
import { orAborted } from '../system/waiting.ts';

/** The processes of one revision of one Rollout, as many as were asked for. */
export class RevisionGroup {
  readonly key: GroupKey;
  readonly #site: Site;
  readonly #slots = new Set<Slot>();
  readonly #waiters = new Set<() => void>();
  /** Absent until it is said: what was adopted stays as it is. */
  #replicas: number | undefined;
  #settings: ProcessSettings | undefined;
  /** Places beyond `replicas` while one is being replaced. */
  #surge = 0;
  #order = 0;
  /** Of processes that have ended. */
  #endedMs = 0;
  #losses = 0;

  constructor(key: GroupKey, site: Site) {
    this.key = key;
    this.#site = site;
  }

  /** True when there is nothing left to look after. */
  get isOver(): boolean {
    return this.#slots.size === 0 && (this.#replicas ?? 0) === 0;
  }

  adopt(instance: Instance): void {
    this.#add(instance);
  }

  /** Asks for this many. Absent settings leave those given before. */
  resize(replicas: number, settings: ProcessSettings | undefined): void {
    this.#replicas = replicas;
    if (settings !== undefined) {
      this.#settings = settings;
      for (const slot of this.#slots) slot.instance?.adjust(careOf(settings));
    }
    this.#reconcile();
  }

  observe(): Group {
    const slots = [...this.#slots];
    const failing = slots
      .filter((slot) => !slot.retiring)
      .map((slot) => slot.failing)
      .find((text) => text !== undefined);
    const trouble = failing ?? this.#loss();
    return {
      ...this.#whose(),
      running: slots.filter((slot) => slot.running).length,
      ready: slots.filter((slot) => slot.ready).length,
      ...(trouble === undefined ? {} : { failing: trouble }),
    };
  }

  #whose(): ProcessOwner {
    const { revision, copy } = this.key;
    return { revision, ...(copy === undefined ? {} : { copy }) };
  }

  /** What runs may go on, but nothing can take its place. */
  #loss(): string | undefined {
    if (this.#settings !== undefined || (this.#replicas ?? 0) === 0) return undefined;
    return `nothing of ${this.key.revision} is kept, so no process of it can be started`;
  }

  /** How long its processes have run, and how often one was lost, since this group is. */
  counts(): RevisionCounts {
    const running = [...this.#slots].map((slot) => slot.instance?.upMs ?? 0);
    const processMs = running.reduce((sum, upMs) => sum + upMs, this.#endedMs);
    return { ...this.#whose(), processMs, restarts: this.#losses };
  }

  /** Processes whose usage tells of the revision: neither starting nor on their way out. */
  measured(): readonly MeasuredInstance[] {
    return this.slots().flatMap(({ instance, retiring }) => {
      if (instance === undefined || retiring || !instance.running || !instance.wasReady) return [];
      return [{ instance: instance.record.instance, ...this.#whose(), pid: instance.pid }];
    });
  }

  endpoints(): readonly Endpoint[] {
    return this.slots()
      .filter((slot) => slot.ready)
      .map((slot) => slot.instance?.endpoint)
      .filter((one) => one !== undefined);
  }

  /** Oldest first. */
  slots(): readonly Slot[] {
    return [...this.#slots].sort((a, b) => a.order - b.order);
  }

  views(): readonly InstanceView[] {
    return this.slots().map((slot) => slot.view());
  }

  /** Ids of the processes that have logs still being written. */
  living(): ReadonlySet<string> {
    return new Set(this.slots().map((slot) => slot.instance?.record.instance ?? ''));
  }

  /** Waits until nothing runs, or the supervisor has closed. */
  async emptied(): Promise<void> {
    await Promise.all([...this.#slots].map((slot) => slot.done));
  }

  /** Replaces the processes one by one; each new one is ready before its predecessor is drained. */
  async restart(signal: AbortSignal): Promise<void> {
    if (this.#surge > 0) throw new Failure('conflict', `${this.key.rollout} is already being restarted`);
    const either = AbortSignal.any([signal, this.#site.closing]);
    for (const old of this.slots()) {
      if (old.retiring || !this.#slots.has(old)) continue;
      await this.#replace(old, either);
    }
  }

  async #replace(old: Slot, signal: AbortSignal): Promise<void> {
    this.#surge = 1;
    const replacement = this.#add();
    try {
      while (!replacement.ready) {
        this.#refuseReplacement(replacement);
        await this.#nextChange(signal);
      }
    } catch (error) {
      replacement.retire();
      throw error;
    } finally {
      this.#surge = 0;
    }
    old.retire();
    await old.done;
  }

  #refuseReplacement(replacement: Slot): void {
    if (replacement.failing !== undefined) {
      throw new Failure(
        'endedOtherwise',
        `the restart stopped, a new process of ${this.key.rollout} ${replacement.failing}`,
        {
          hint: 'The processes that were not yet replaced go on; see `coalmine logs`.',
        },
      );
    }
    if (replacement.retiring || !this.#slots.has(replacement)) {
      throw new Failure(
        'conflict',
        `the restart stopped, the size of ${this.key.rollout} was changed meanwhile`,
      );
    }
  }

  #add(adopted?: Instance): Slot {
    this.#order += 1;
    const home: SlotHome = {
      key: this.key,
      site: this.#site,
      settings: () => this.#settings,
      changed: () => {
        this.#changed();
      },
      ended: (upMs, isLoss) => {
        this.#endedMs += upMs;
        if (isLoss) this.#losses += 1;
      },
    };
    const slot = new Slot(home, this.#order, adopted);
    this.#slots.add(slot);
    void slot.done.finally(() => {
      this.#slots.delete(slot);
      if (this.#site.closing.aborted) return;
      this.#reconcile();
      this.#changed();
    });
    return slot;
  }

  /** A place that serves is kept before one that does not; among equals the older one. */
  #reconcile(): void {
    if (this.#replicas === undefined || this.#site.closing.aborted) return;
    const staying = this.slots().filter((slot) => !slot.retiring);
    const wanted = this.#replicas + this.#surge;
    if (this.#settings !== undefined)
      for (let count = staying.length; count < wanted; count += 1) this.#add();
    const mostExpendableFirst = staying.sort((a, b) => worth(a) - worth(b) || b.order - a.order);
    for (const slot of mostExpendableFirst.slice(0, Math.max(0, staying.length - wanted))) slot.retire();
  }

  #changed(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
    this.#site.changed(this.key.rollout);
  }

  async #nextChange(signal: AbortSignal): Promise<void> {
    const change = new Promise<void>((resolve) => this.#waiters.add(resolve));
    await orAborted(change, signal);
    signal.throwIfAborted();
  }
}

function worth(slot: Slot): number {
  if (slot.ready) return 2;
  return slot.running && slot.failing === undefined ? 1 : 0;
}
