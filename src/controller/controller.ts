import { Failure } from '../base/failure.ts';
import type { Observation } from '../engine/observation.ts';
import type { Rollout } from '../rollout/model.ts';
import { Backoff } from '../system/backoff.ts';
import { sharedDeadline } from '../system/waiting.ts';
import { reconcile } from './reconcile.ts';
import type { Consequences, Ports, RolloutRecord, Store } from './ports.ts';

/** What the controller is made of. */
export interface ControllerOptions {
  readonly store: Store;
  /** The data planes of a Rollout; called at every look, so that an edited spec is followed. */
  readonly portsOf: (rollout: Rollout) => Ports;
  readonly now: () => number;
  /** How long nothing need be looked at that is at rest, where every change is told of; absent: as the engine says. */
  readonly restMs?: number;
  /** Changes that are told of come in bursts: so long they are gathered before a look; absent: not at all. */
  readonly gatherMs?: number;
  /** Told what went wrong in a look; the look is repeated. */
  readonly onTrouble: (rollout: string, what: string, cause: unknown) => void;
  /** Told after each look what was seen. */
  readonly onLook?: (name: string, record: RolloutRecord | undefined, seen: Observation) => void;
  /** Told how long each look took, milliseconds, whatever came of it. */
  readonly onLookOver?: (tookMs: number) => void;
}

/** A change to a record, computed anew when somebody else saved in between. */
export type Change = (record: RolloutRecord) => {
  readonly record: RolloutRecord;
  readonly consequences?: Consequences;
};

/** No port may keep a look waiting longer than this, in milliseconds. */
const PORT_TIMEOUT_MS = 5_000;
/** After looks that failed: what keeps many Rollouts at once, and cannot answer, is not asked by all of them each second. */
const TROUBLE = { firstMs: 1_000, longestMs: 5_000 };
/** How often a change is computed anew before giving up. */
const CHANGE_ATTEMPTS = 20;

/** The loop of one Rollout. */
interface Loop {
  timer?: NodeJS.Timeout;
  running?: Promise<void>;
  isPoked: boolean;
  readonly backoff: Backoff;
  /** Since when it is being wound down, in milliseconds. */
  leavingAt?: number;
  /** Told when the next look is over. */
  waiting: (() => void)[];
}

/** The one loop: at most one look at a Rollout at a time, repeated when the engine asks for it or somebody pokes. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #loops = new Map<string, Loop>();
  readonly #deadline = sharedDeadline(PORT_TIMEOUT_MS);
  #isStopped = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** Begins to look after all stored Rollouts; answers once each was looked at. */
  async start(): Promise<void> {
    const records = await this.#options.store.list();
    await Promise.all(records.map((record) => this.look(record.rollout.name)));
  }

  /** Looks at one Rollout now, and answers when that look is over, whatever came of it. */
  async look(name: string): Promise<void> {
    this.poke(name);
    const loop = this.#loops.get(name);
    if (loop === undefined || this.#isStopped) return;
    await new Promise<void>((resolve) => {
      loop.waiting.push(resolve);
    });
  }

  /** Looks at one Rollout now; begins to look after it when it is new. */
  poke(name: string): void {
    if (this.#isStopped) return;
    let loop = this.#loops.get(name);
    if (loop === undefined) {
      loop = { isPoked: false, backoff: new Backoff(TROUBLE), waiting: [] };
      this.#loops.set(name, loop);
    }
    // Whoever comes later does not put it off.
    else if (loop.isPoked) return;
    loop.isPoked = true;
    if (loop.running === undefined) this.#schedule(name, loop, this.#options.gatherMs ?? 0);
  }

  /** Changes a record durably, then looks. Throws Failure `notFound`, or what `compute` throws. */
  async change(name: string, compute: Change): Promise<RolloutRecord> {
    const { store } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const record = await store.get(name);
      if (record === undefined) throw unknownRollout(name);
      const { record: next, consequences = {} } = compute(record);
      try {
        const saved = await store.save(next, consequences);
        this.poke(name);
        return saved;
      } catch (cause) {
        if (!isConflict(cause) || attempt >= CHANGE_ATTEMPTS) throw cause;
      }
    }
  }

  /** Stops looking; waits for looks under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const loops = [...this.#loops.values()];
    for (const loop of loops) {
      clearTimeout(loop.timer);
      for (const tell of loop.waiting.splice(0)) tell();
    }
    await Promise.all(loops.flatMap((loop) => loop.running ?? []));
  }

  #schedule(name: string, loop: Loop, inMs: number): void {
    clearTimeout(loop.timer);
    loop.timer = setTimeout(() => {
      loop.running = this.#run(name, loop);
    }, inMs);
  }

  async #run(name: string, loop: Loop): Promise<void> {
    loop.isPoked = false;
    const waiting = loop.waiting.splice(0);
    const begun = performance.now();
    const wakeInMs = await this.#lookOnce(name, loop.backoff);
    this.#options.onLookOver?.(performance.now() - begun);
    delete loop.running;
    for (const tell of waiting) tell();
    if (this.#isStopped) return;
    // A poke during the look may be about something the look did not see yet.
    const nextInMs = this.#wasPoked(loop) ? (this.#options.gatherMs ?? 0) : wakeInMs;
    if (nextInMs === undefined) this.#loops.delete(name);
    else this.#schedule(name, loop, nextInMs);
  }

  #wasPoked(loop: Loop): boolean {
    return loop.isPoked;
  }

  #windingDownMs(name: string, { deleting }: RolloutRecord): number {
    const loop = this.#loops.get(name);
    if (!deleting || loop === undefined) return 0;
    const now = this.#options.now();
    loop.leavingAt ??= now;
    return now - loop.leavingAt;
  }

  /** One look; answers when to look again, undefined when the Rollout is gone. */
  async #lookOnce(name: string, backoff: Backoff): Promise<number | undefined> {
    const { store, portsOf, now, onTrouble, onLook, restMs = 0 } = this.#options;
    const troubles: string[] = [];
    try {
      const record = await store.get(name);
      if (record === undefined) return undefined;
      const result = await reconcile(record, {
        store,
        ports: portsOf(record.rollout),
        now,
        deadline: this.#deadline,
        windingDownMs: this.#windingDownMs(name, record),
        onTrouble: (what, cause) => {
          troubles.push(what);
          onTrouble(name, what, cause);
        },
      });
      backoff.reset();
      onLook?.(name, result.record, result.seen);
      if (result.record === undefined) return undefined;
      const isAtRest = troubles.length === 0 && result.record.version === record.version && isIdle(record);
      return isAtRest ? Math.max(restMs, result.wakeInMs) : result.wakeInMs;
    } catch (cause) {
      // Somebody else saved first: their record is looked at at once.
      if (isConflict(cause)) return 0;
      onTrouble(name, 'a look failed', cause);
      return backoff.next();
    }
  }
}

/** True when nothing is under way, and nothing of it depends on time. */
function isIdle({ status, deleting }: RolloutRecord): boolean {
  const { phase, release, kept, standing, pendingHooks, notices } = status;
  if (deleting || (phase !== 'Healthy' && phase !== 'Degraded')) return false;
  return [release, kept, standing, pendingHooks, notices].every((one) => one === undefined);
}

function isConflict(cause: unknown): boolean {
  return cause instanceof Failure && cause.code === 'conflict';
}

/** Nobody declared a Rollout of this name. */
export function unknownRollout(name: string): Failure {
  return new Failure('notFound', `there is no Rollout named ${name}`, {
    hint: 'see `coalmine get` for those there are',
  });
}
