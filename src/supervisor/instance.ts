import { isDeepStrictEqual } from 'node:util';
import { formatDuration } from '../base/duration.ts';
import type { Environment } from '../base/environment.ts';
import { messageOf } from '../base/failure.ts';
import { UNKNOWN_HEALTH, type Health } from './health.ts';
import { formatMemory } from './memory.ts';
import { drain, end, INSTANCE_HOST, stopOf } from './parting.ts';
import { watchProbe } from './probe-watch.ts';
import { describeExit, type RunningProcess } from './running-process.ts';
import type { Endpoint } from './settings.ts';
import type { Site } from './site.ts';
import type { Care, InstanceRecord } from './table.ts';
import { onAbort, waitFor } from '../system/waiting.ts';

/** One that no probe asks is ready once it has run this long: what cannot work mostly ends at once. */
const TRUSTED_AFTER_MS = 1_000;

/** Every process gets this long to end by itself. */
const MIN_GRACE_MS = 1_000;
/** One that eats the machine's memory gets no longer than this. */
const MAX_HUNGRY_GRACE_MS = 2_000;

/** One that is unwell is taken out of service before it is ended, but not waited for any longer. */
const HURRIED_DRAIN_MS = 1_000;

/** Why an instance is no more. */
export type Ending =
  | { readonly kind: 'exited'; readonly reason: string }
  /** Ended by us since it could not go on. `late`: it never became ready. */
  | { readonly kind: 'unfit'; readonly late: boolean; readonly reason: string; readonly graceMs: number }
  | { readonly kind: 'retired' }
  /** The supervisor closed; the process runs on. */
  | { readonly kind: 'left' };

/** A process and what it needs to be looked after. */
export interface InstanceOrigin {
  readonly record: InstanceRecord;
  readonly process: RunningProcess;
  readonly env: Environment;
  /** How many times longer than the probe says its first readiness may take. */
  readonly patience: number;
}

/** One process from its start, or its adoption, to its end. */
export class Instance {
  readonly #site: Site;
  readonly #origin: InstanceOrigin;
  readonly #bornAt: number;
  readonly #ended: Promise<Ending>;
  #settle: (ending: Ending) => void = () => undefined;
  #over = false;
  /** The last write of its record. */
  #saved: Promise<void> = Promise.resolve();
  #watching = new AbortController();
  #record: InstanceRecord;
  #wasReady: boolean;
  #reason = '';
  /** Told when what is visible of it has changed. */
  onChange: () => void = () => undefined;

  constructor(site: Site, origin: InstanceOrigin) {
    this.#site = site;
    this.#origin = origin;
    this.#record = origin.record;
    this.#wasReady = origin.record.ready;
    this.#bornAt = performance.now() - Math.max(0, Date.now() - origin.record.startedAt);
    this.#ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get record(): InstanceRecord {
    return this.#record;
  }

  get pid(): number {
    return this.#origin.process.identity.pid;
  }

  /** Since its start, in milliseconds. */
  get upMs(): number {
    return performance.now() - this.#bornAt;
  }

  get running(): boolean {
    return this.#origin.process.exit() === undefined;
  }

  /** True when it may take new requests. */
  get ready(): boolean {
    return this.#record.ready && !this.#record.stopping && this.running;
  }

  /** True when it was ready at any time. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Why it is not ready. */
  get reason(): string {
    return this.#reason;
  }

  get endpoint(): Endpoint {
    return { id: this.#record.instance, host: INSTANCE_HOST, port: this.#record.port };
  }

  /** Looks after the process until it ends, is found unfit, is retired or the supervisor closes. */
  async supervise(retire: AbortSignal): Promise<Ending> {
    const { process } = this.#origin;
    process.onExit((exit) => {
      this.#end({ kind: 'exited', reason: describeExit(exit) });
    });
    const callOff = [
      onAbort(retire, () => {
        this.#end({ kind: 'retired' });
      }),
      onAbort(this.#site.closing, () => {
        this.#end({ kind: 'left' });
      }),
    ];
    if (!this.#over) this.#watch(this.#record.ready);
    const ending = await this.#ended;
    this.#watching.abort();
    for (const call of callOff) call();
    return this.#conclude(ending);
  }

  /** The revision's settings as given now; they replace those it was started with. */
  adjust(care: Care): void {
    if (isDeepStrictEqual(this.#record.care, care)) return;
    this.#update({ care });
    if (this.#record.stopping || !this.running) return;
    this.#watching.abort();
    this.#watching = new AbortController();
    this.#watch(this.#record.ready);
  }

  /** Tells it what its group uses; over the limit it is ended. */
  measure(bytes: number): void {
    const limit = this.#record.care?.limits.memoryBytes;
    if (limit === undefined || bytes <= limit || this.#record.stopping) return;
    const reason = `used ${formatMemory(bytes)}, limit is ${formatMemory(limit)}`;
    this.#end({
      kind: 'unfit',
      late: false,
      reason,
      graceMs: Math.min(MAX_HUNGRY_GRACE_MS, this.#graceMs()),
    });
  }

  /** The first reason counts. */
  #end(ending: Ending): void {
    this.#over = true;
    this.#settle(ending);
  }

  #watch(wasReady: boolean): void {
    const { care } = this.#record;
    if (care === undefined) return;
    const { signal } = this.#watching;
    const target = { port: this.#record.port, env: this.#origin.env, cwd: care.cwd };
    const known: Health = wasReady ? { ok: true, wasOk: true, failures: 0, reason: '' } : UNKNOWN_HEALTH;
    if (care.ready === undefined) void this.#trust(wasReady ? 0 : TRUSTED_AFTER_MS - this.upMs, signal);
    else {
      const onHealth = (health: Health): void => {
        this.#onReadiness(health);
      };
      void watchProbe({ probe: care.ready, target, health: known, onHealth }, signal);
    }
    if (care.live === undefined) return;
    const { withinMs } = care.live;
    const onHealth = (health: Health): void => {
      this.#onLiveness(health, withinMs);
    };
    void watchProbe({ probe: care.live, target, health: known, onHealth }, signal);
  }

  /** Nothing asks it: it is ready once it has not ended for so long. */
  async #trust(waitMs: number, signal: AbortSignal): Promise<void> {
    if (waitMs <= 0 || (await waitFor(waitMs, signal))) this.#setReady(true, '');
  }

  #onReadiness(health: Health): void {
    this.#setReady(health.ok, health.reason);
    const withinMs = (this.#record.care?.ready?.withinMs ?? 0) * this.#origin.patience;
    if (health.wasOk || this.upMs <= withinMs) return;
    const reason = `did not become ready within ${formatDuration(withinMs)}: ${health.reason}`;
    this.#end({ kind: 'unfit', late: true, reason, graceMs: this.#graceMs() });
  }

  #onLiveness(health: Health, withinMs: number): void {
    if (health.ok || (!health.wasOk && this.upMs <= withinMs)) return;
    this.#end({
      kind: 'unfit',
      late: false,
      reason: `is not alive: ${health.reason}`,
      graceMs: this.#graceMs(),
    });
  }

  #setReady(ready: boolean, reason: string): void {
    this.#reason = reason;
    if (this.#record.ready === ready) return;
    this.#wasReady ||= ready;
    this.#update({ ready });
    this.onChange();
  }

  #update(changes: Partial<InstanceRecord>): void {
    this.#record = { ...this.#record, ...changes };
    // Without its record the process is still found by its marks.
    this.#saved = this.#site.table.put(this.#record).catch((error: unknown) => {
      const { instance } = this.#record;
      this.#site.log.warn({ instance, pid: this.pid }, `cannot keep its record: ${messageOf(error)}`);
    });
  }

  async #conclude(ending: Ending): Promise<Ending> {
    if (ending.kind === 'left') return this.#leave();
    const parting = { site: this.#site, record: this.#record, process: this.#origin.process };
    try {
      if (ending.kind === 'retired') {
        await this.#announce();
        await drain(parting, stopOf(this.#record).drainMs);
      } else if (ending.kind === 'unfit') {
        this.#setReady(false, ending.reason);
        if (this.#wasReady) await drain(parting, HURRIED_DRAIN_MS);
      } else this.onChange();
      await end(parting, ending.kind === 'unfit' ? ending.graceMs : this.#graceMs());
      return ending;
    } catch (error) {
      if (this.#site.closing.aborted) return this.#leave();
      throw error;
    }
  }

  async #leave(): Promise<Ending> {
    this.#origin.process.release();
    await this.#saved;
    return { kind: 'left' };
  }

  /** Out of the endpoints, before it is drained: nobody's request is to meet a process that is ending. */
  async #announce(): Promise<void> {
    this.#update({ stopping: true });
    this.onChange();
    await this.#saved;
  }

  #graceMs(): number {
    return Math.max(MIN_GRACE_MS, stopOf(this.#record).drainMs);
  }
}
