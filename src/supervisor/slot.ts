import { randomBytes } from 'node:crypto';
import { withoutValues } from '../base/environment.ts';
import { afterEnd, isCrashLoop, restartDelayMs, type Crashes } from './backoff.ts';
import type { Ending, Instance } from './instance.ts';
import { LOOKED_THROUGH, lastWords } from './last-words.ts';
import { lastLinesOf } from './log-reader.ts';
import type { GroupKey, InstanceView, ProcessSettings } from './settings.ts';
import type { Site } from './site.ts';
import { startInstance } from './start.ts';
import { waitFor } from '../system/waiting.ts';

/** Each start after one that was too slow may take twice as long, up to this power of two. */
const MAX_PATIENCE = 3;

/** What a slot asks of the group it belongs to. */
export interface SlotHome {
  readonly key: GroupKey;
  readonly site: Site;
  /** Absent until the revision's settings are given: a process that ends is then not started again. */
  settings(): ProcessSettings | undefined;
  changed(): void;
  /** A process has ended. `isLoss`: it was to go on. */
  ended(upMs: number, isLoss: boolean): void;
}

interface Trouble {
  /** `refused`: could not be started. `late`: did not become ready. `loop`: crashes again and again. */
  readonly kind: 'refused' | 'late' | 'loop';
  readonly reason: string;
}

/** One place in a group: keeps one process running in it, a new one whenever the last has ended. */
export class Slot {
  /** Grows: the youngest place has the highest. */
  readonly order: number;
  /** Settles when nothing runs here any more, or the supervisor has closed. */
  readonly done: Promise<void>;
  readonly #home: SlotHome;
  readonly #id = randomBytes(5).toString('hex');
  readonly #retire = new AbortController();
  /** Retired or closing. */
  readonly #over: AbortSignal;
  #instance: Instance | undefined;
  #restarts = 0;
  #crashes: Crashes = 0;
  #lateStarts = 0;
  #trouble: Trouble | undefined;
  #lastReason = '';
  #since = Date.now();

  constructor(home: SlotHome, order: number, adopted?: Instance) {
    this.#home = home;
    this.#over = AbortSignal.any([this.#retire.signal, home.site.closing]);
    this.order = order;
    this.#restarts = adopted?.record.restarts ?? 0;
    if (adopted?.record.stopping === true) this.#retire.abort();
    this.done = this.#run(adopted);
  }

  get instance(): Instance | undefined {
    return this.#instance;
  }

  get retiring(): boolean {
    return this.#retire.signal.aborted;
  }

  get running(): boolean {
    return this.#instance?.running ?? false;
  }

  get ready(): boolean {
    return !this.retiring && (this.#instance?.ready ?? false);
  }

  /** Why nothing stays up here. */
  get failing(): string | undefined {
    return this.#trouble?.reason;
  }

  /** Drains and stops what runs; nothing is started here any more. */
  retire(): void {
    this.#retire.abort();
    this.#home.changed();
  }

  view(): InstanceView {
    const { revision, copy } = this.#home.key;
    const instance = this.#instance;
    const reason = this.#trouble?.reason ?? (instance === undefined ? this.#lastReason : instance.reason);
    const common = {
      revision,
      ...(copy === undefined ? {} : { copy }),
      restarts: this.#restarts,
      state: this.#state(),
      ...(reason === '' ? {} : { reason }),
    };
    if (instance === undefined) return { ...common, id: this.#id, since: this.#since };
    const { port, startedAt } = instance.record;
    return { ...common, id: instance.record.instance, pid: instance.pid, port, since: startedAt };
  }

  #state(): InstanceView['state'] {
    if (this.retiring) return 'stopping';
    if (this.#instance === undefined) return 'waiting';
    if (this.#instance.ready) return 'ready';
    return this.#instance.wasReady ? 'unready' : 'starting';
  }

  async #run(adopted: Instance | undefined): Promise<void> {
    let next = adopted;
    do {
      next ??= await this.#start();
      if (next !== undefined) await this.#follow(next);
      next = undefined;
      if (!this.#isOver()) await this.#backOff();
    } while (!this.#isOver());
  }

  #isOver(): boolean {
    return this.#over.aborted || this.#home.settings() === undefined;
  }

  async #backOff(): Promise<void> {
    const { site } = this.#home;
    const policy = this.#home.settings()?.restart;
    if (policy === undefined) return;
    this.#home.changed();
    const delayMs = restartDelayMs(this.#crashes, policy, site.chance());
    await waitFor(delayMs, this.#over);
    this.#restarts += 1;
  }

  async #follow(instance: Instance): Promise<void> {
    const { site } = this.#home;
    this.#instance = instance;
    const stableAfterMs = this.#home.settings()?.restart.stableAfterMs ?? 0;
    const stable = setTimeout(
      () => {
        this.#settleDown();
      },
      Math.max(0, stableAfterMs - instance.upMs),
    );
    instance.onChange = () => {
      if (instance.ready) this.#recover();
      this.#home.changed();
    };
    const ending = await instance.supervise(this.#retire.signal);
    clearTimeout(stable);
    this.#home.ended(instance.upMs, ending.kind === 'exited' || ending.kind === 'unfit');
    if (ending.kind !== 'left') await this.#takeNote(instance, ending);
    this.#instance = undefined;
    this.#since = Date.now();
    if (!site.closing.aborted) this.#home.changed();
  }

  /** It has run long enough to be trusted again. */
  #settleDown(): void {
    if (!this.ready) return;
    this.#crashes = 0;
    this.#lateStarts = 0;
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#home.changed();
  }

  #recover(): void {
    if (this.#trouble?.kind !== 'loop') this.#trouble = undefined;
  }

  async #takeNote(instance: Instance, ending: Ending): Promise<void> {
    const { site, key } = this.#home;
    const policy = this.#home.settings()?.restart;
    if (ending.kind === 'left' || ending.kind === 'retired' || policy === undefined) return;
    const late = ending.kind === 'unfit' && ending.late;
    this.#crashes = late ? this.#crashes + 1 : afterEnd(this.#crashes, instance.upMs, policy);
    if (late) this.#lateStarts += 1;
    this.#lastReason = ending.reason + (await this.#lastWords(instance));
    site.log.warn({ ...key, instance: instance.record.instance, crashes: this.#crashes }, this.#lastReason);
    if (late) this.#trouble = { kind: 'late', reason: this.#lastReason };
    else if (isCrashLoop(this.#crashes, policy)) {
      this.#trouble = {
        kind: 'loop',
        reason: `crashed ${this.#crashes} times in a row: ${this.#lastReason}`,
      };
    }
  }

  async #lastWords(instance: Instance): Promise<string> {
    const { site, key } = this.#home;
    const path = site.logs.path(key, instance.record.instance);
    const lines = await lastLinesOf(path, LOOKED_THROUGH).catch(() => []);
    const text = lastWords(this.#discreet(lines.join('\n')).split('\n'));
    return text === '' ? '' : `; last output: ${text}`;
  }

  /** What comes from the process or its command goes to logs, events and the status: none of its values may. */
  #discreet(text: string): string {
    return withoutValues(text, this.#home.settings()?.env ?? {});
  }

  async #start(): Promise<Instance | undefined> {
    const { key, site } = this.#home;
    const settings = this.#home.settings();
    if (settings === undefined || this.#isOver()) return undefined;
    const patience = 2 ** Math.min(MAX_PATIENCE, this.#lateStarts);
    const order = { key, settings, patience, restarts: this.#restarts, isCancelled: () => this.#isOver() };
    const start = await startInstance(order, site);
    if (start.kind === 'refused') this.#refuse(start.reason);
    return start.kind === 'started' ? start.instance : undefined;
  }

  #refuse(why: string): void {
    const reason = this.#discreet(why);
    this.#crashes += 1;
    this.#lastReason = reason;
    this.#trouble = { kind: 'refused', reason };
    this.#home.site.log.warn({ ...this.#home.key }, reason);
    this.#home.changed();
  }
}
