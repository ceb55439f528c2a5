import { formatDuration } from '../../base/duration.ts';
import type { RunningWorkload } from '../../rollout/model.ts';
import { afterEnd, isCrashLoop, restartDelayMs } from '../../supervisor/backoff.ts';
import type { Version } from '../scenario/model.ts';

/** How long a process that is stopped takes to finish what it has begun. */
const STOPPING_MS = 500;
/** Each start after one that was too slow may take twice as long, up to this power of two. */
const MAX_PATIENCE = 3;

type State = 'starting' | 'ready' | 'waiting' | 'stopping' | 'gone';

/** One place among the processes of a version: a process that is started again whenever it ends, as the supervisor does. */
export class VirtualProcess {
  readonly #version: Version;
  readonly #workload: RunningWorkload;
  readonly #fraction: () => number;
  #state: State = 'starting';
  #startedAtMs = 0;
  #untilMs = 0;
  #crashes = 0;
  #lateStarts = 0;
  #trouble: { readonly isLoop: boolean; readonly reason: string } | undefined;

  constructor(version: Version, workload: RunningWorkload, fraction: () => number) {
    this.#version = version;
    this.#workload = workload;
    this.#fraction = fraction;
  }

  /** When it changes by itself. */
  get untilMs(): number {
    return this.#untilMs;
  }

  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  get isStopping(): boolean {
    return this.#state === 'stopping' || this.#state === 'gone';
  }

  get isGone(): boolean {
    return this.#state === 'gone';
  }

  /** Alive in any state. */
  get isRunning(): boolean {
    return this.#state !== 'waiting' && this.#state !== 'gone';
  }

  /** Why nothing stays up here. */
  get failing(): string | undefined {
    return this.#trouble?.reason;
  }

  /** Begins, or begins again. */
  start(atMs: number): void {
    this.#startedAtMs = atMs;
    const { ready } = this.#workload;
    const { startUpMs } = this.#version;
    if (ready === undefined) {
      this.#becomeReady(atMs);
      return;
    }
    const patienceMs = ready.withinMs * 2 ** Math.min(MAX_PATIENCE, this.#lateStarts);
    this.#state = 'starting';
    this.#untilMs = atMs + Math.min(startUpMs, patienceMs);
    const { crashAfterMs = Infinity } = this.#version;
    this.#untilMs = Math.min(this.#untilMs, atMs + crashAfterMs);
  }

  /** As if it had been started long ago. */
  startLongAgo(): void {
    this.#startedAtMs = -Infinity;
    this.#state = 'ready';
    this.#untilMs = this.#version.crashAfterMs ?? Infinity;
  }

  /** Goes through everything that happens by itself up to a moment. */
  passTo(atMs: number): void {
    while (this.#untilMs <= atMs && this.#state !== 'gone') this.#change(this.#untilMs);
  }

  /** Ends at once, and is started again. */
  crash(atMs: number): void {
    if (this.#state === 'starting' || this.#state === 'ready') this.#end(atMs, 'was killed');
  }

  /** Is stopped and not started again. */
  retire(atMs: number): void {
    if (this.isStopping) return;
    const isAlive = this.isRunning;
    this.#state = isAlive ? 'stopping' : 'gone';
    this.#trouble = undefined;
    this.#untilMs = isAlive ? atMs + STOPPING_MS : Infinity;
  }

  #change(atMs: number): void {
    switch (this.#state) {
      case 'waiting':
        this.start(atMs);
        return;
      case 'starting':
        this.#afterStarting(atMs);
        return;
      case 'ready':
        this.#afterReady(atMs);
        return;
      case 'stopping':
        this.#state = 'gone';
        this.#untilMs = Infinity;
        return;
      case 'gone':
        return;
    }
  }

  #afterStarting(atMs: number): void {
    const upMs = atMs - this.#startedAtMs;
    if (upMs >= (this.#version.crashAfterMs ?? Infinity)) this.#end(atMs, 'exit code 1');
    else if (upMs >= this.#version.startUpMs) this.#becomeReady(atMs);
    else this.#endLate(atMs, upMs);
  }

  #becomeReady(atMs: number): void {
    this.#state = 'ready';
    if (this.#trouble?.isLoop !== true) this.#trouble = undefined;
    const { crashAfterMs = Infinity } = this.#version;
    const settledAtMs = this.#startedAtMs + this.#workload.restart.stableAfterMs;
    this.#untilMs = Math.min(Math.max(atMs, settledAtMs), this.#startedAtMs + crashAfterMs);
  }

  /** It has crashed, or has run long enough to be trusted again. */
  #afterReady(atMs: number): void {
    const { crashAfterMs = Infinity } = this.#version;
    const endsAtMs = this.#startedAtMs === -Infinity ? crashAfterMs : this.#startedAtMs + crashAfterMs;
    if (atMs >= endsAtMs) {
      this.#end(atMs, 'exit code 1');
      return;
    }
    this.#crashes = 0;
    this.#lateStarts = 0;
    this.#trouble = undefined;
    this.#untilMs = endsAtMs;
  }

  #endLate(atMs: number, upMs: number): void {
    this.#lateStarts += 1;
    this.#crashes += 1;
    this.#trouble = { isLoop: false, reason: `not ready within ${formatDuration(upMs)}` };
    this.#waitFrom(atMs);
  }

  #end(atMs: number, how: string): void {
    const { restart } = this.#workload;
    this.#crashes = afterEnd(this.#crashes, atMs - this.#startedAtMs, restart);
    if (isCrashLoop(this.#crashes, restart)) {
      this.#trouble = { isLoop: true, reason: `crashed ${this.#crashes} times in a row: ${how}` };
    }
    this.#waitFrom(atMs);
  }

  #waitFrom(atMs: number): void {
    this.#state = 'waiting';
    this.#untilMs = atMs + restartDelayMs(this.#crashes, this.#workload.restart, this.#fraction());
  }
}
