import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from '../base/environment.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { Engine } from '../containers/engine.ts';
import { engineSocket, usualSockets } from '../containers/engine-address.ts';
import { Orphans } from '../containers/orphans.ts';
import { foreseeImage, pinImage, type PinOrder } from '../containers/pinned-image.ts';
import type { ContainerWorkload } from '../rollout/model.ts';
import type { ContainerTemplate, RevisionSettings } from '../rollout/revision.ts';
import type { ProcessSettings } from '../supervisor/settings.ts';
import type { Log } from '../telemetry/log.ts';
import { containerProcesses } from '../workloads/container.ts';

/** What containers are run with. */
export interface ContainersOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The built program that stands for one container. */
  readonly entry: string;
  /** Of this installation, for the labels. */
  readonly owner: string;
  readonly log: Log;
  readonly closing: AbortSignal;
}

/** Looks for what processes that were killed have left behind, this long after something has ended. */
const LOOK_AFTER_MS = 1_000;
/** Progress is told no more often than this. */
const TELL_EVERY_MS = 2_000;

/** The containers of this machine, as far as a container engine is asked for them. */
export class Containers {
  readonly #options: ContainersOptions;
  readonly #orphans: Orphans;
  #socketPath: string;
  #isLooking = false;

  private constructor(options: ContainersOptions, socketPath: string) {
    this.#options = options;
    this.#socketPath = socketPath;
    this.#orphans = new Orphans(options.owner);
  }

  /** Finds the engine's socket; whether it answers is asked when it is needed. */
  static async open(options: ContainersOptions): Promise<Containers> {
    const containers = new Containers(options, usualSockets(options.env)[0] ?? '');
    await containers.#find().catch((cause: unknown) => {
      options.log.warn(`containers cannot be run: ${messageOf(cause)}`);
    });
    return containers;
  }

  /** What an image's name stands for now; it is fetched if need be. */
  async pin(workload: ContainerWorkload, onProgress: (text: string) => void): Promise<string> {
    const order = await this.#order(workload);
    let toldAt = -Infinity;
    return pinImage({
      ...order,
      onProgress: (text) => {
        const now = performance.now();
        if (now - toldAt < TELL_EVERY_MS) return;
        toldAt = now;
        const words = `fetching ${workload.image}: ${text}`;
        this.#options.log.info(words);
        onProgress(words);
      },
    });
  }

  /** The same, for plans: nothing is fetched. */
  async foresee(workload: ContainerWorkload): Promise<string> {
    return foreseeImage(await this.#order(workload));
  }

  /** How the processes are started that stand for the containers of a revision. */
  processes(pinned: PinnedContainers): ProcessSettings {
    return containerProcesses({ ...pinned, entry: this.#options.entry, socketPath: this.#socketPath });
  }

  /** Something has ended, or this is the start: removes containers that have lost their processes. Returns at once. */
  tend(living: () => Promise<ReadonlySet<string>>): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#look(living)
      .catch((cause: unknown) => {
        if (this.#options.closing.aborted) return;
        this.#options.log.warn(`left containers could not be looked for: ${messageOf(cause)}`);
      })
      .finally(() => {
        this.#isLooking = false;
      });
  }

  async #look(living: () => Promise<ReadonlySet<string>>): Promise<void> {
    const { closing } = this.#options;
    const engine = await Engine.connect(await this.#find(), closing);
    do await pause(LOOK_AFTER_MS, undefined, { signal: closing });
    while ((await this.#orphans.look(engine, await living())) === 'again');
  }

  async #order(workload: ContainerWorkload): Promise<PinOrder> {
    const { env, closing } = this.#options;
    return { workload, env, signal: closing, engine: await Engine.connect(await this.#find(), closing) };
  }

  async #find(): Promise<string> {
    const { env } = this.#options;
    const found = await engineSocket(env);
    if (found !== undefined) {
      this.#socketPath = found;
      return found;
    }
    throw new Failure('unreachable', 'there is no container engine on this machine', {
      hint: `start Docker or Podman, or set DOCKER_HOST; looked at ${usualSockets(env).join(', ')}`,
    });
  }
}

/** What is pinned of a revision of containers. */
export interface PinnedContainers {
  readonly template: ContainerTemplate;
  readonly settings: RevisionSettings;
  readonly env: Environment;
  readonly cwd: string;
}
