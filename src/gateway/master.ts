import { randomBytes } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import { canonicalJson } from '../base/canonical.ts';
import type { Json } from '../base/json.ts';
import { exposition } from './exposition.ts';
import { Fleet } from './fleet.ts';
import type { ListeningSocket } from './listening-socket.ts';
import { log } from './log.ts';
import { parseConfig } from './parse-config.ts';
import {
  addressKey,
  type GatewayConfig,
  type GatewayCounters,
  type GatewayInflight,
  type GatewayState,
} from './protocol.ts';
import { lostRace, Sockets } from './sockets.ts';
import { loadState, portsOf, saveState, savedPort, type SavedState } from './state-file.ts';
import { keyOf, Totals } from './totals.ts';

/** What is served before the first config. */
const NOTHING: GatewayConfig = { version: 0, listen: [], routes: [] };
/** The last gateway's worker may still hold a port for a moment. */
const RESTORE_QUICK_MS = 50;
const RESTORE_QUICK_TIMES = 40;
const RESTORE_SLOW_MS = 1_000;

/** How long a worker may take to say what it has under way. */
const INFLIGHT_MS = 2_000;

/** Where a gateway lives and how it runs. */
export interface MasterOptions {
  readonly dir: string;
  /** The file a worker runs. */
  readonly entry: string;
  readonly workers: number;
}

/** Holds the sockets, the config and the counters; serves no request itself. */
export class Master {
  readonly #dir: string;
  readonly #epoch = randomBytes(8).toString('hex');
  readonly #sockets = new Sockets();
  readonly #totals = new Totals();
  readonly #fleet: Fleet;
  readonly #saved: SavedState | undefined;
  readonly #problems: string[] = [];
  #config = NOTHING;
  #isSaved = true;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(options: MasterOptions) {
    this.#dir = options.dir;
    const { saved, problem } = loadState(options.dir);
    this.#saved = saved;
    if (problem !== undefined) {
      this.#problems.push(problem);
      log('state: moved aside', { problem });
    }
    this.#fleet = new Fleet({
      entry: options.entry,
      size: options.workers,
      onDelta: (delta) => {
        this.#totals.add(delta);
      },
      config: () => this.#config,
      sockets: () => this.#sockets.all(),
    });
  }

  /** Serves what was saved; returns when the workers are at it. */
  async start(): Promise<void> {
    this.#config = this.#saved?.config ?? NOTHING;
    this.#totals.serve(this.#config);
    this.#sockets.restore(this.#config.listen, (address) => savedPort(this.#saved, address));
    await this.#fleet.start();
    log('gateway: serving', { version: this.#config.version, listening: this.#sockets.bound() });
    this.#restoreRest(RESTORE_QUICK_TIMES);
  }

  /**
   * Serves `value`, and after a restart too, when this returns. Throws when it is refused, and nothing has changed
   * then; or when it could not be saved (`diskFull`, `storeUnusable`), and it is served all the same.
   */
  async apply(value: unknown): Promise<GatewayState> {
    const config = parseConfig(value);
    const write = this.#lastWrite.then(() => this.#apply(config));
    this.#lastWrite = write.catch(() => undefined);
    await write;
    return this.state();
  }

  state(): GatewayState {
    const unsaved = this.#isSaved
      ? []
      : [`version ${this.#config.version} of the config is served but not saved`];
    return {
      pid: process.pid,
      epoch: this.#epoch,
      version: this.#config.version,
      config: this.#config,
      workers: this.#fleet.states(),
      listening: this.#sockets.bound(),
      problems: [...this.#problems, ...this.#sockets.problems(), ...unsaved],
      restarts: this.#fleet.restarts,
    };
  }

  /** The counters of all Rollouts or of one, as of now. */
  async counters(rollout?: string): Promise<GatewayCounters> {
    await this.#fleet.refresh();
    return {
      epoch: this.#epoch,
      at: Date.now(),
      tracks: this.#totals.read((who) => this.#fleet.activeOf(keyOf(who)), rollout),
    };
  }

  /** Requests under way, as of now. Throws `timedOut` when a worker does not say: an old number is no answer here. */
  async inflight(): Promise<GatewayInflight> {
    if (!(await this.#fleet.refresh(INFLIGHT_MS))) {
      throw new Failure('timedOut', 'a worker of the gateway does not say what it has under way', {
        hint: 'Ask again: a worker that stays silent is replaced.',
      });
    }
    return { endpoints: this.#fleet.inflight() };
  }

  async metrics(): Promise<string> {
    const { tracks } = await this.counters();
    const workers = this.#fleet.states().length;
    return exposition(tracks, {
      configVersion: this.#config.version,
      workers,
      restarts: this.#fleet.restarts,
    });
  }

  /** Returns when the workers have ended. */
  async stop(drainMs: number): Promise<void> {
    for (const socket of this.#sockets.all()) socket.raw.close();
    await this.#fleet.stop(drainMs);
  }

  async #apply(config: GatewayConfig): Promise<void> {
    if (this.#isServed(config)) {
      await this.#save();
      return;
    }
    // An address of the served config that could not be bound is a problem of its own, and never in the way of a route.
    const known = new Set(this.#config.listen.map(addressKey));
    const added = this.#sockets.lacking(config.listen).filter((address) => !known.has(addressKey(address)));
    await this.#listen(this.#sockets.bindAll(added));
    this.#config = config;
    this.#isSaved = false;
    this.#totals.serve(config);
    // The workers take it while it is being saved, for a rollback must not wait for a disk, let alone a full one.
    const configured = this.#fleet.configure(config);
    try {
      await this.#save();
    } finally {
      await configured;
      await Promise.all(this.#sockets.keepOnly(config.listen).map((key) => this.#fleet.unlisten(key)));
    }
  }

  /** Throws when the disk does not take it; the config is served all the same, and `state` says that it is not saved. */
  async #save(): Promise<void> {
    if (this.#isSaved) return;
    await saveState(this.#dir, { config: this.#config, ports: portsOf(this.#sockets.bound()) });
    this.#isSaved = true;
  }

  /** True for the served config again; throws for another of an old version. */
  #isServed(config: GatewayConfig): boolean {
    const { version } = this.#config;
    if (config.version > version) return false;
    const isEqual =
      canonicalJson(config as unknown as Json) === canonicalJson(this.#config as unknown as Json);
    if (config.version === version && isEqual) return true;
    throw new Failure(
      'conflict',
      `the gateway serves version ${version} of its config, ${config.version} came too late`,
      {
        hint: 'Read the state again and write a higher version.',
      },
    );
  }

  /** Makes the workers accept from all of these, or lets go of all. */
  async #listen(sockets: readonly ListeningSocket[]): Promise<void> {
    for (const socket of sockets) {
      if ((await this.#fleet.listen(socket)) === undefined) continue;
      for (const { address } of sockets) {
        await this.#fleet.unlisten(addressKey(address));
        this.#sockets.release(addressKey(address));
      }
      throw lostRace(socket);
    }
  }

  /** Goes on trying to bind what a saved config wants: soon at first, then every second. */
  #restoreRest(quickTimes: number): void {
    const wait = quickTimes > 0 ? RESTORE_QUICK_MS : RESTORE_SLOW_MS;
    setTimeout(() => {
      this.#saveAgain();
      const restored = this.#sockets.restore(this.#config.listen, (address) =>
        savedPort(this.#saved, address),
      );
      for (const socket of restored) void this.#fleet.listen(socket);
      this.#restoreRest(Math.max(0, quickTimes - 1));
    }, wait);
  }

  /** In its turn, so that it never puts an older config over a newer one. */
  #saveAgain(): void {
    if (this.#isSaved) return;
    // When it fails, `state` shows it, and the next turn tries again.
    this.#lastWrite = this.#lastWrite.then(() => this.#save()).catch(() => undefined);
  }
}
