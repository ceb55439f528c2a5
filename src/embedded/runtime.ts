import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../base/failure.ts';
import { VERSION } from '../base/version.ts';
import { Controller } from '../controller/controller.ts';
import type { Ports, RolloutRecord } from '../controller/ports.ts';
import { gatewayClient, type GatewayClient } from '../gateway/client.ts';
import { ensureGateway } from '../gateway/launch.ts';
import type { BoundAddress } from '../gateway/protocol.ts';
import { gatewayMetrics } from '../metrics/gateway.ts';
import type { Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve.ts';
import { openArtefacts, type Artefacts } from '../store/artefacts.ts';
import type { StateStore } from '../store/queries.ts';
import { openStore } from '../store/store.ts';
import type { LeavingInstance } from '../supervisor/settings.ts';
import type { SupervisorLog } from '../supervisor/site.ts';
import { createSupervisor, type Supervisor } from '../supervisor/supervisor.ts';
import type { Log } from '../telemetry/log.ts';
import { gatewayRouter } from '../traffic/gateway.ts';
import { gatewayRoutes, type GatewayRoutes } from '../traffic/gateway-routes.ts';
import { processWorkload } from '../workloads/process.ts';
import { Deployment } from './deployment.ts';
import { keepAlive } from './gateway-keeper.ts';
import { RevisionCatalogue } from './revision-catalogue.ts';
import { Shown } from './shown.ts';

/** How one machine is set up. */
export interface RuntimeOptions {
  readonly dataDir: string;
  readonly gatewayHost: string;
  /** 0: any free port. */
  readonly gatewayPort: number;
  /** The built gateway program. */
  readonly gatewayEntry: string;
  readonly log: Log;
  /** Aborted: do not start, or not go on starting. */
  readonly signal: AbortSignal;
}

/** Requests may take this long to end before a process is stopped all the same. */
const DRAIN_LIMIT_MS = 600_000;
/** How long requests under way may take when the gateway itself is stopped. */
const GATEWAY_DRAIN_MS = 10_000;
/** And so long the gateway itself, after that. */
const GATEWAY_END_MS = 2_000;
const GATEWAY_LOOK_MS = 20;

interface Opened {
  readonly store: StateStore;
  readonly supervisor: Supervisor;
  readonly artefacts: Artefacts;
}

/** Everything that one control process holds together. */
export class Runtime {
  readonly options: RuntimeOptions;
  readonly store: StateStore;
  readonly supervisor: Supervisor;
  readonly controller: Controller;
  readonly catalogue: RevisionCatalogue;
  readonly deployment: Deployment;
  readonly shown: Shown;
  readonly gateway: GatewayClient;
  readonly #routes: GatewayRoutes;
  readonly #closing = new AbortController();
  #listening: readonly BoundAddress[] = [];
  #stopKeeping: () => Promise<void> = () => Promise.resolve();

  private constructor(options: RuntimeOptions, opened: Opened) {
    const { store, supervisor, artefacts } = opened;
    this.options = options;
    this.store = store;
    this.supervisor = supervisor;
    this.gateway = gatewayClient(gatewayDirOf(options.dataDir));
    this.#routes = gatewayRoutes({
      client: this.gateway,
      listen: [{ host: options.gatewayHost, port: options.gatewayPort }],
      endpointsOf: (rollout, revision) => supervisor.endpoints({ rollout, revision }),
    });
    this.catalogue = new RevisionCatalogue(artefacts, store);
    this.shown = new Shown(this.supervisor, (record) => this.#addressOf(record));
    this.controller = new Controller({
      store: this.store,
      portsOf: (rollout) => this.#portsOf(rollout),
      now: Date.now,
      onTrouble: (rollout, what, cause) => {
        options.log.warn(`${what}: ${messageOf(cause)}`, { rollout });
      },
      onLook: (name, record, seen) => {
        this.shown.look(name, record, seen);
      },
    });
    this.deployment = new Deployment({
      store: this.store,
      artefacts,
      catalogue: this.catalogue,
      controller: this.controller,
      processes: supervisor,
      now: Date.now,
      closing: this.closing,
    });
  }

  /** Aborted when the control process ends. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Opens the state, finds the processes and the gateway that run already, and begins to look after them. */
  static async start(options: RuntimeOptions): Promise<Runtime> {
    options.signal.throwIfAborted();
    const { dataDir } = options;
    const store = await openStore(dataDir, { resolve: resolveRollout, now: Date.now, version: VERSION });
    // The supervisor tells of processes, and asks before it stops one, only once it has begun.
    const late: { runtime?: Runtime } = {};
    try {
      const supervisor = await createSupervisor({
        dataDir,
        log: supervisorLog(options.log),
        onChange: (rollout) => {
          if (late.runtime !== undefined) late.runtime.#processesChanged(rollout);
        },
        beforeStop: async (instance, signal) => {
          if (late.runtime !== undefined) await late.runtime.#drain(instance, signal);
        },
      });
      late.runtime = new Runtime(options, { store, supervisor, artefacts: await openArtefacts(dataDir) });
      await late.runtime.#begin();
      return late.runtime;
    } catch (cause) {
      await late.runtime?.stop(false);
      await store.close();
      throw cause;
    }
  }

  async #begin(): Promise<void> {
    await this.catalogue.load();
    this.store.onSaved((change) => {
      if (change.kind === 'removed') {
        this.#clear(change.name);
        return;
      }
      this.shown.saved(change.record);
      for (const event of change.events) {
        this.options.log.info(event.message, {
          rollout: event.rollout,
          event: event.type,
          release: event.release,
        });
        this.shown.hub.publish({ kind: 'event', event });
      }
      if (change.record.status.release === undefined && change.events.length > 0)
        this.#clear(change.record.rollout.name);
    });
    await this.supervisor.adopt();
    this.#clear();
    await this.#openGateway();
    await this.controller.start();
    this.#stopKeeping = keepAlive({
      ping: async (signal) => {
        await this.gateway.state(signal);
      },
      ensure: async (signal) => {
        const isNew = await this.#startGateway(signal);
        if (isNew) this.options.log.warn('the gateway was started again');
        await this.#noteAddresses();
      },
      onTrouble: (message) => {
        this.options.log.error(message);
      },
    });
  }

  /** Makes the gateway listen. One that was started for it and cannot is not left behind. */
  async #openGateway(): Promise<void> {
    const isNew = await this.#startGateway(this.closing);
    try {
      await this.#routes.open(this.closing);
    } catch (cause) {
      if (isNew) await this.gateway.stop(0).catch(() => undefined);
      throw cause;
    }
    await this.#noteAddresses();
  }

  /** Finds the gateway, or starts one: then the answer is true. */
  async #startGateway(signal: AbortSignal): Promise<boolean> {
    const { dataDir, gatewayEntry } = this.options;
    const { started } = await ensureGateway({ dir: gatewayDirOf(dataDir), entry: gatewayEntry, signal });
    return started;
  }

  async #noteAddresses(): Promise<void> {
    const { listening } = await this.gateway.state(this.closing);
    this.#listening = listening;
  }

  /** URLs the gateway listens at. */
  addresses(): readonly string[] {
    return this.#listening.map(
      ({ host, boundPort }) => `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${boundPort}`,
    );
  }

  #addressOf({ rollout }: RolloutRecord): string | undefined {
    const { traffic } = rollout;
    const base = this.addresses()[0];
    if (traffic === undefined || base === undefined) return undefined;
    const { port } = new URL(base);
    return `${traffic.host === undefined ? base : `http://${traffic.host}:${port}`}${traffic.path}`;
  }

  #portsOf(rollout: Rollout): Ports {
    const { name, traffic } = rollout;
    const workload = processWorkload({
      rollout: name,
      supervisor: this.supervisor,
      revisionOf: (id) => this.catalogue.settingsOf(name, id),
    });
    const forgetRoute = (signal: AbortSignal): Promise<void> => this.#routes.removeRoute(name, signal);
    if (traffic === undefined) return { workload, forgetRoute };
    return {
      workload,
      forgetRoute,
      router: gatewayRouter({ rollout: name, traffic, routes: this.#routes }),
      metrics: gatewayMetrics(this.gateway, name),
    };
  }

  /** The gateway learns of processes that came or went at once; the engine looks what that means. */
  #processesChanged(rollout: string): void {
    this.#routes.refreshEndpoints(rollout, this.closing).catch((cause: unknown) => {
      if (!this.closing.aborted)
        this.options.log.warn(`the gateway could not be told of processes: ${messageOf(cause)}`, { rollout });
    });
    this.controller.poke(rollout);
  }

  /** Before a process is stopped: it gets no new requests, and those it has may end. */
  async #drain(instance: LeavingInstance, signal: AbortSignal): Promise<void> {
    await this.#routes.refreshEndpoints(instance.rollout, signal);
    await this.gateway.drained([instance.id], DRAIN_LIMIT_MS, signal);
  }

  /** Removes revisions that are no longer needed: a Rollout's, or what earlier processes have left. */
  #clear(rollout?: string): void {
    const { deployment } = this;
    const cleared = rollout === undefined ? deployment.removeAbandoned() : deployment.removeUnused(rollout);
    cleared.catch((cause: unknown) => {
      const fields = rollout === undefined ? {} : { rollout };
      this.options.log.warn(`unused revisions could not be removed: ${messageOf(cause)}`, fields);
    });
  }

  /** Ends the control process's work; processes and gateway too when `everything`. */
  async stop(everything: boolean): Promise<void> {
    this.#closing.abort();
    await this.#stopKeeping();
    await this.controller.stop();
    if (everything) {
      await this.supervisor.stopAll();
      await this.gateway.stop(GATEWAY_DRAIN_MS).catch(() => undefined);
      await this.#gatewayIsGone();
    }
    await this.supervisor.close();
    await this.store.close();
  }

  /** Whoever starts here next must not find a gateway that is about to end. */
  async #gatewayIsGone(): Promise<void> {
    const deadline = performance.now() + GATEWAY_DRAIN_MS + GATEWAY_END_MS;
    while (performance.now() < deadline) {
      const isGone = await this.gateway.state(AbortSignal.timeout(GATEWAY_END_MS)).then(
        () => false,
        () => true,
      );
      if (isGone) return;
      await sleep(GATEWAY_LOOK_MS);
    }
  }
}

/** Where the gateway of a data directory keeps its state. */
export function gatewayDirOf(dataDir: string): string {
  return join(dataDir, 'gateway');
}

function supervisorLog(log: Log): SupervisorLog {
  return {
    info: (fields, message) => {
      log.info(message, fields);
    },
    warn: (fields, message) => {
      log.warn(message, fields);
    },
  };
}
