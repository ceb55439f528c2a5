import { join } from 'node:path';
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
import { openArtefacts } from '../store/artefacts.ts';
import type { StateStore } from '../store/queries.ts';
import { openStore } from '../store/store.ts';
import type { LeavingInstance } from '../supervisor/settings.ts';
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
}

/** Requests may take this long to end before a process is stopped all the same. */
const DRAIN_LIMIT_MS = 600_000;
/** How long requests under way may take when the gateway itself is stopped. */
const GATEWAY_DRAIN_MS = 10_000;

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

  private constructor(options: RuntimeOptions, parts: Opened) {
    this.options = options;
    this.store = parts.store;
    this.supervisor = parts.supervisor;
    this.gateway = parts.gateway;
    this.#routes = parts.routes;
    this.catalogue = new RevisionCatalogue(parts.artefacts, this.store);
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
      artefacts: parts.artefacts,
      catalogue: this.catalogue,
      controller: this.controller,
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
    const store = await openStore(options.dataDir, {
      resolve: resolveRollout,
      now: Date.now,
      version: VERSION,
    });
    try {
      const runtime: Runtime = new Runtime(
        options,
        await open(
          options,
          store,
          (rollout) => {
            runtime.#processesChanged(rollout);
          },
          (instance, signal) => runtime.#drain(instance, signal),
        ),
      );
      await runtime.#begin();
      return runtime;
    } catch (cause) {
      await store.close();
      throw cause;
    }
  }

  async #begin(): Promise<void> {
    await this.catalogue.load();
    this.store.onSaved((change) => {
      if (change.kind === 'removed') return;
      for (const event of change.events) {
        this.options.log.info(event.message, {
          rollout: event.rollout,
          event: event.type,
          release: event.release,
        });
        this.shown.hub.publish({ kind: 'event', event });
      }
      if (change.record.status.release === undefined && change.events.length > 0) this.#tidy(change.record);
    });
    await this.supervisor.adopt();
    await this.#startGateway(this.closing);
    await this.#routes.open(this.closing);
    await this.#noteAddresses();
    await this.controller.start();
    this.#stopKeeping = keepAlive({
      ping: async (signal) => {
        await this.gateway.state(signal);
      },
      ensure: (signal) => this.#startGateway(signal),
      onTrouble: (message) => {
        this.options.log.error(message);
      },
      onRestart: () => {
        this.options.log.warn('the gateway was started again');
        void this.#noteAddresses();
      },
    });
  }

  async #startGateway(signal: AbortSignal): Promise<void> {
    const { dataDir, gatewayEntry } = this.options;
    await ensureGateway({ dir: gatewayDirOf(dataDir), entry: gatewayEntry, signal });
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
      revisionOf: (id) => this.catalogue.settingsOf(rollout, id),
    });
    if (traffic === undefined) return { workload };
    return {
      workload,
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

  #tidy(record: RolloutRecord): void {
    this.deployment.removeUnused(record).catch((cause: unknown) => {
      this.options.log.warn(`unused revisions could not be removed: ${messageOf(cause)}`, {
        rollout: record.rollout.name,
      });
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
    }
    await this.supervisor.close();
    await this.store.close();
  }
}

/** Where the gateway of a data directory keeps its state. */
export function gatewayDirOf(dataDir: string): string {
  return join(dataDir, 'gateway');
}

interface Opened {
  readonly store: StateStore;
  readonly artefacts: Awaited<ReturnType<typeof openArtefacts>>;
  readonly supervisor: Supervisor;
  readonly gateway: GatewayClient;
  readonly routes: GatewayRoutes;
}

/** The pieces, before they are joined. */
// eslint-disable-next-line max-params -- the two callbacks close a circle that only the caller can close
async function open(
  options: RuntimeOptions,
  store: StateStore,
  onChange: (rollout: string) => void,
  beforeStop: (instance: LeavingInstance, signal: AbortSignal) => Promise<void>,
): Promise<Opened> {
  const { dataDir, gatewayHost, gatewayPort, log } = options;
  const supervisor = await createSupervisor({
    dataDir,
    log: {
      info: (fields, message) => {
        log.info(message, fields);
      },
      warn: (fields, message) => {
        log.warn(message, fields);
      },
    },
    beforeStop,
    onChange,
  });
  const gateway = gatewayClient(gatewayDirOf(dataDir));
  const routes = gatewayRoutes({
    client: gateway,
    listen: [{ host: gatewayHost, port: gatewayPort }],
    endpointsOf: (rollout, revision) => supervisor.endpoints({ rollout, revision }),
  });
  return { store, artefacts: await openArtefacts(dataDir), supervisor, gateway, routes };
}
