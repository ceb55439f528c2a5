import { randomBytes } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { canonicalJson } from '../../base/canonical.ts';
import type { Json } from '../../base/json.ts';
import { AccessRotation } from '../access-log/access-rotation.ts';
import { buildId } from '../build-id.ts';
import { CertificateShelf } from '../tls/certificate-shelf.ts';
import type { Estate, Inheritance } from './estate.ts';
import { asTrack, exposition } from '../counting/exposition.ts';
import { Fleet } from './fleet.ts';
import { inheritedSockets } from './inherited-sockets.ts';
import type { ListeningSocket } from './listening-socket.ts';
import { log } from '../log.ts';
import { parseConfig } from '../config/parse-config.ts';
import {
  addressKey,
  type CounterNews,
  type GatewayConfig,
  type GatewayCounters,
  type GatewayInflight,
  type GatewayState,
} from '../protocol.ts';
import { PathTotals } from '../counting/path-totals.ts';
import { lostRace, Sockets } from './sockets.ts';
import { loadState, portsOf, saveState, savedPort, type SavedState } from '../config/state-file.ts';
import { keyOf, Totals } from '../counting/totals.ts';
import type { WorkerPeer } from './worker-peer.ts';

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
  /** From the master that this one succeeds, instead of what was saved. */
  readonly inheritance?: Inheritance | undefined;
}

/** Holds the sockets, the config and the counters; serves no request itself. */
export class Master {
  readonly #dir: string;
  readonly #build: string;
  readonly #epoch: string;
  readonly #sockets = new Sockets(inheritedSockets(process.env, process.pid));
  readonly #totals = new Totals();
  readonly #paths = new PathTotals();
  readonly #accessFiles = new AccessRotation();
  readonly #certificates: CertificateShelf;
  readonly #fleet: Fleet;
  readonly #saved: SavedState | undefined;
  readonly #problems: readonly string[];
  #config: GatewayConfig;
  #isSaved: boolean;
  #isSucceeded = false;
  #forward: ((news: CounterNews) => void) | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(options: MasterOptions) {
    this.#dir = options.dir;
    this.#build = buildId(options.entry);
    const { saved, estate, sockets } = beginningOf(options);
    this.#saved = saved;
    this.#problems = estate.problems;
    this.#epoch = estate.epoch;
    this.#config = estate.config;
    this.#isSaved = estate.isSaved;
    this.#certificates = new CertificateShelf(estate.certificates);
    this.#sockets.take(sockets);
    this.#fleet = new Fleet({
      entry: options.entry,
      size: options.workers,
      restarts: estate.restarts,
      onDelta: (delta) => {
        this.#totals.add(delta);
        const active = this.#fleet.activeOf(keyOf(delta));
        this.#forward?.({ counters: [{ ...delta, active }] });
      },
      onPath: (delta) => {
        this.#paths.add(delta);
        this.#forward?.({ counters: [], paths: [delta] });
      },
      config: () => this.#config,
      sockets: () => this.#sockets.all(),
      certificates: () => this.#certificates.all(),
    });
  }

  /** Serves what was saved or inherited; returns when the workers are at it. */
  async start(): Promise<void> {
    this.#totals.serve(this.#config);
    this.#paths.serve(this.#config);
    await this.#certificates.serve(this.#config);
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
      build: this.#build,
      epoch: this.#epoch,
      version: this.#config.version,
      config: this.#config,
      workers: this.#fleet.states(),
      listening: this.#sockets.bound(),
      problems: [
        ...this.#problems,
        ...this.#sockets.problems(),
        ...this.#accessFiles.problems,
        ...this.#certificates.problems(this.#config),
        ...unsaved,
      ],
      restarts: this.#fleet.restarts,
    };
  }

  /** The counters of all Rollouts or of one, as of now. */
  async counters(rollout?: string): Promise<GatewayCounters> {
    await this.#fleet.refresh();
    return {
      epoch: this.#epoch,
      at: Date.now(),
      ...this.#read(rollout),
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
    const { tracks, legacy = [], paths = [] } = await this.counters();
    const workers = this.#fleet.states().length;
    return exposition([...tracks, ...legacy.map(asTrack)], {
      configVersion: this.#config.version,
      workers,
      restarts: this.#fleet.restarts,
      paths,
      certificates: this.#certificates.all(),
    });
  }

  /** True when every worker serves. */
  get isReady(): boolean {
    return this.#fleet.isReady;
  }

  /**
   * Gives everything to a successor with `give`: no config is written meanwhile, and once that has returned none any
   * more. When it throws, nothing has changed.
   */
  async bequeath(
    give: (estate: Estate, sockets: readonly ListeningSocket[]) => Promise<void>,
  ): Promise<void> {
    const turn = this.#lastWrite.then(async () => {
      this.#refuseIfSucceeded();
      await give(
        {
          epoch: this.#epoch,
          config: this.#config,
          isSaved: this.#isSaved,
          problems: this.#problems,
          restarts: this.#fleet.restarts,
          certificates: this.#certificates.all(),
        },
        this.#sockets.all(),
      );
      this.#isSucceeded = true;
    });
    this.#lastWrite = turn.catch(() => undefined);
    await turn;
  }

  /** Answers what was counted so far; what is counted from now on goes to `forward` too. */
  forwardCounters(forward: ((news: CounterNews) => void) | undefined): CounterNews {
    this.#forward = forward;
    const { legacy, paths } = this.#read();
    const tracks = this.#totals.tell((who) => this.#fleet.activeOf(keyOf(who)));
    return { counters: [...tracks, ...legacy.map(asTrack)], paths };
  }

  /** Goes on counting where `predecessor` has stopped, and counts on with it until what it has under way has ended. */
  succeed(predecessor: WorkerPeer, counted: CounterNews): void {
    this.#fleet.join(predecessor, counted);
  }

  /** Requests under way by endpoint id, as last reported. */
  underWay(): Readonly<Record<string, number>> {
    return this.#fleet.inflight();
  }

  /** Serves what the successor serves, on the connections that are left. */
  async follow(config: GatewayConfig): Promise<void> {
    this.#config = config;
    await this.#fleet.configure(config);
  }

  /** Accepts nothing more; returns when everything under way has ended, or after `withinMs`. */
  async retire(withinMs: number): Promise<void> {
    for (const { address } of this.#sockets.all()) this.#sockets.release(addressKey(address));
    await this.#fleet.stop(withinMs, true);
  }

  /** Returns when the workers have ended. */
  async stop(drainMs: number): Promise<void> {
    for (const socket of this.#sockets.all()) socket.close();
    await this.#fleet.stop(drainMs);
  }

  #read(rollout?: string): Required<Pick<GatewayCounters, 'tracks' | 'legacy' | 'paths'>> {
    const activeOf = (who: Parameters<typeof keyOf>[0]): number => this.#fleet.activeOf(keyOf(who));
    return {
      tracks: this.#totals.read(activeOf, rollout),
      legacy: this.#totals.legacy(activeOf, rollout),
      paths: this.#paths.read(rollout),
    };
  }

  #refuseIfSucceeded(): void {
    if (!this.#isSucceeded) return;
    throw new Failure('conflict', 'another gateway has taken over from this one', {
      hint: 'Ask again: the other one answers.',
    });
  }

  async #apply(config: GatewayConfig): Promise<void> {
    this.#refuseIfSucceeded();
    if (this.#isServed(config)) {
      await this.#save();
      return;
    }
    // An address of the served config that could not be bound is a problem of its own, and never in the way of a route.
    const known = new Set(this.#config.listen.map(addressKey));
    const added = this.#sockets.lacking(config.listen).filter((address) => !known.has(addressKey(address)));
    await this.#listen(this.#sockets.bindAll(added));
    // A certificate that cannot be read is a problem of its own, and never in the way of a route.
    if (await this.#certificates.serve(config)) this.#fleet.certify();
    this.#config = config;
    this.#accessFiles.look(config);
    this.#isSaved = false;
    this.#totals.serve(config);
    this.#paths.serve(config);
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
      if (this.#isSucceeded) return;
      this.#saveAgain();
      this.#accessFiles.look(this.#config);
      this.#lookAtCertificates();
      const restored = this.#sockets.restore(this.#config.listen, (address) =>
        savedPort(this.#saved, address),
      );
      for (const socket of restored) void this.#fleet.listen(socket);
      this.#restoreRest(Math.max(0, quickTimes - 1));
    }, wait);
  }

  #lookAtCertificates(): void {
    const looked = this.#certificates.look(this.#config);
    void looked.then((isNews) => {
      if (isNews) this.#fleet.certify();
    });
  }

  /** In its turn, so that it never puts an older config over a newer one. */
  #saveAgain(): void {
    if (this.#isSaved) return;
    // When it fails, `state` shows it, and the next turn tries again.
    this.#lastWrite = this.#lastWrite.then(() => this.#save()).catch(() => undefined);
  }
}

interface Beginning extends Inheritance {
  readonly saved: SavedState | undefined;
}

/** What a master begins with: what it inherits, else what was saved. */
function beginningOf({ dir, inheritance }: MasterOptions): Beginning {
  const { saved, problem } = loadState(dir);
  if (problem !== undefined) log('state: moved aside', { problem });
  if (inheritance !== undefined) {
    const { estate, sockets } = inheritance;
    return { saved, sockets, estate: { ...estate, isSaved: estate.isSaved && problem === undefined } };
  }
  const estate: Estate = {
    epoch: randomBytes(8).toString('hex'),
    config: saved?.config ?? NOTHING,
    isSaved: true,
    problems: problem === undefined ? [] : [problem],
    restarts: 0,
    certificates: [],
  };
  return { saved, sockets: [], estate };
}
