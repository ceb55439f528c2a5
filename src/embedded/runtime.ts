import { join } from 'node:path';
import { CertificateStore } from '../acme/certificate-store.ts';
import { messageOf } from '../base/failure.ts';
import { VERSION } from '../base/version.ts';
import { Controller, type ControllerOptions } from '../controller/controller.ts';
import type { Ports, RolloutRecord } from '../controller/ports.ts';
import { gatewayClient, type GatewayClient } from '../gateway/client.ts';
import { ensureGateway } from '../gateway/launch.ts';
import type { BoundAddress } from '../gateway/protocol.ts';
import type { Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import { gatewayOf } from '../rollout/traffic.ts';
import { openArtefacts, type Artefacts } from '../store/artefacts/artefacts.ts';
import type { StateStore } from '../store/queries.ts';
import { openStore } from '../store/store.ts';
import { openUploads, type Uploads } from '../store/uploads.ts';
import { ownerOf } from '../files/owner.ts';
import { groupKey, type LeavingInstance } from '../supervisor/settings.ts';
import { createSupervisor, type Supervisor } from '../supervisor/supervisor.ts';
import type { Log } from '../telemetry/log.ts';
import { gatewayRouter } from '../traffic/gateway.ts';
import { gatewayRoutes, type GatewayRoutes } from '../traffic/gateway-routes.ts';
import { processWorkload } from '../workloads/process.ts';
import { urlOf } from './bound-url.ts';
import { CertificateKeeper } from './certificate-keeper.ts';
import { Deployment } from './deployment.ts';
import { Containers } from './containers.ts';
import { MachineErrands } from './errands/machine-errands.ts';
import { Following } from './following.ts';
import { pokeOthers } from './group.ts';
import { gatewayDirOf, keepAlive, untilGone } from './gateway-keeper.ts';
import { otherRollouts } from './neighbours.ts';
import { RevisionCatalogue } from './revision-catalogue.ts';
import { Measuring } from './measuring.ts';
import { Shown } from './shown.ts';
import { supervisorLog } from './supervisor-log.ts';

/** How one machine is set up. */
export interface RuntimeOptions {
  readonly dataDir: string;
  readonly gatewayHost: string;
  /** 0: any free port. */
  readonly gatewayPort: number;
  /** Where the gateway speaks TLS, once a Rollout wants that; 0: any free port. */
  readonly gatewayTlsPort: number;
  /** How many processes serve in a gateway that is started here. */
  readonly gatewayWorkers: number;
  /** The built gateway program; absent where a service manager starts it. */
  readonly gatewayEntry?: string;
  /** The built program that stands for one container. */
  readonly containerEntry: string;
  readonly log: Log;
  /** Has the controller watched; absent: nobody watches it. */
  readonly watching?: (options: ControllerOptions) => ControllerOptions;
  /** Aborted: do not start, or not go on starting. */
  readonly signal: AbortSignal;
}

/** Requests may take this long to end before a process is stopped all the same. */
const DRAIN_LIMIT_MS = 600_000;
/** How long requests under way may take when the gateway itself is stopped. */
const GATEWAY_DRAIN_MS = 10_000;
/** And so long the gateway itself, after that. */
const GATEWAY_END_MS = 2_000;

interface Opened {
  readonly closing: AbortController;
  readonly store: StateStore;
  readonly supervisor: Supervisor;
  readonly artefacts: Artefacts;
  readonly uploads: Uploads;
  readonly containers: Containers;
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
  readonly uploads: Uploads;
  readonly gateway: GatewayClient;
  readonly #routes: GatewayRoutes;
  readonly #measuring: Measuring;
  readonly errands: MachineErrands;
  readonly #certificates: CertificateKeeper;
  readonly #closing: AbortController;
  readonly #containers: Containers;
  readonly #following: Following;
  #listening: readonly BoundAddress[] = [];
  #gatewayProblem: string | undefined;
  #stopKeeping: () => Promise<void> = () => Promise.resolve();
  #certificatesKept: Promise<void> = Promise.resolve();

  private constructor(options: RuntimeOptions, opened: Opened) {
    const { store, supervisor, artefacts, uploads, containers } = opened;
    this.#containers = containers;
    this.options = options;
    this.#closing = opened.closing;
    this.store = store;
    this.supervisor = supervisor;
    this.uploads = uploads;
    this.gateway = gatewayClient(gatewayDirOf(options.dataDir));
    this.shown = new Shown(this.supervisor, {
      addressOf: (record) => this.#addressOf(record),
      following: (rollout) => this.#following.view(rollout),
    });
    this.#measuring = new Measuring(this.gateway, supervisor, this.shown.takeovers);
    this.#routes = this.#newRoutes();
    this.#certificates = this.#newCertificateKeeper();
    this.catalogue = new RevisionCatalogue(artefacts, store, containers);
    this.errands = new MachineErrands(this);
    this.controller = this.#newController();
    this.deployment = this.#newDeployment(opened);
    const { deployment, controller, closing } = this;
    this.#following = new Following({ store, closing, deployment, controller, log: options.log });
  }

  #newController(): Controller {
    const { watching, log } = this.options;
    const parts: ControllerOptions = {
      store: this.store,
      portsOf: (rollout) => this.#portsOf(rollout),
      now: Date.now,
      onTrouble: (rollout, what, cause) => {
        log.warn(`${what}: ${messageOf(cause)}`, { rollout });
      },
      onLook: (name, record, seen) => {
        this.shown.look(name, record, seen);
        if (record === undefined) this.#measuring.forget(name);
      },
    };
    return new Controller(watching?.(parts) ?? parts);
  }

  #newDeployment({ store, artefacts, uploads, containers, supervisor }: Opened): Deployment {
    const { catalogue, controller, closing, errands } = this;
    return new Deployment({
      ...{ store, artefacts, uploads, containers, catalogue, controller, closing },
      processes: supervisor,
      hooks: errands,
      onProgress: (name, text) => {
        this.shown.hub.publish({ kind: 'progress', name, text });
      },
      now: Date.now,
    });
  }

  #newRoutes(): GatewayRoutes {
    const { gatewayHost: host, gatewayPort, gatewayTlsPort } = this.options;
    return gatewayRoutes({
      client: this.gateway,
      listen: [
        { host, port: gatewayPort },
        { host, port: gatewayTlsPort, tls: true },
      ],
      endpointsOf: (rollout, part) => this.supervisor.endpoints(groupKey(rollout, part)),
      certificateOf: (traffic) => this.#certificates.filesOf(traffic),
    });
  }

  #newCertificateKeeper(): CertificateKeeper {
    return new CertificateKeeper({
      store: new CertificateStore(join(this.options.dataDir, 'certificates')),
      rollouts: async () => (await this.store.list()).map(({ rollout }) => rollout),
      setChallenges: (challenges, signal) => this.#routes.setChallenges(challenges, signal),
      onCertificate: (rollout) => {
        this.controller.poke(rollout);
      },
      tell: (message) => {
        this.options.log.info(message);
      },
      now: Date.now,
      random: Math.random,
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
    const store = await openStore(dataDir, {
      resolve: (document) => resolveRollout(document, 'embedded'),
      now: Date.now,
      version: VERSION,
    });
    // The supervisor tells of processes, and asks before it stops one, only once it has begun.
    const late: { runtime?: Runtime } = {};
    const closing = new AbortController();
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
      const containers = await Containers.open({
        env: process.env,
        entry: options.containerEntry,
        owner: await ownerOf(dataDir),
        log: options.log,
        closing: closing.signal,
      });
      const [artefacts, uploads] = [await openArtefacts(dataDir), await openUploads(dataDir, Date.now)];
      late.runtime = new Runtime(options, { closing, store, supervisor, artefacts, uploads, containers });
      await late.runtime.#begin(artefacts);
      return late.runtime;
    } catch (cause) {
      await late.runtime?.stop(false);
      await store.close();
      throw cause;
    }
  }

  async #begin({ removeRemains }: Pick<Artefacts, 'removeRemains'>): Promise<void> {
    await this.catalogue.load();
    this.store.onSaved((change) => {
      if (change.kind === 'removed') {
        this.#clear(change.name);
        return;
      }
      this.shown.saved(change.record);
      if (gatewayOf(change.record.rollout.traffic)?.acme !== undefined) this.#certificates.poke();
      for (const event of change.events) {
        this.options.log.info(event.message, {
          rollout: event.rollout,
          event: event.type,
          release: event.release,
        });
        this.shown.hub.publish({ kind: 'event', event });
      }
      if (change.events.length > 0) this.#happened(change.record);
    });
    await this.supervisor.adopt();
    // Builds of an earlier process have been ended by now: nobody writes into what is removed.
    await removeRemains();
    this.#clear();
    await this.#openGateway();
    await this.controller.start();
    this.#following.poke();
    this.#certificatesKept = this.#certificates.run(this.closing);
    this.#stopKeeping = keepAlive({
      ping: async (signal) => {
        this.#listening = (await this.gateway.state(signal)).listening;
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
    const { dataDir, gatewayEntry, gatewayWorkers: workers } = this.options;
    const dir = gatewayDirOf(dataDir);
    const entry = gatewayEntry === undefined ? {} : { entry: gatewayEntry };
    const { started, problem } = await ensureGateway({ dir, ...entry, workers, signal });
    this.#gatewayProblem = problem;
    if (problem !== undefined) this.options.log.warn(problem);
    return started;
  }

  async #noteAddresses(): Promise<void> {
    const { listening } = await this.gateway.state(this.closing);
    this.#listening = listening;
  }

  /** URLs the gateway listens at. */
  addresses(): readonly string[] {
    return this.#listening.map(urlOf);
  }

  /** What is wrong with the gateway that it cannot say itself. */
  gatewayProblems(): readonly string[] {
    return [this.#gatewayProblem ?? [], this.#certificates.problems()].flat();
  }

  /** Why sources that checks ask do not answer now. */
  async silentSources(): Promise<readonly string[]> {
    const records = await this.store.list();
    return this.#measuring.silentSources(records.map(({ rollout }) => rollout));
  }

  #addressOf({ rollout }: RolloutRecord): string | undefined {
    const traffic = gatewayOf(rollout.traffic);
    if (traffic === undefined) return undefined;
    const isSecure = (traffic.tls ?? this.#certificates.filesOf(traffic)) !== undefined;
    const listening = this.#listening.find(({ tls }) => (tls === true) === isSecure);
    if (listening === undefined) return undefined;
    return `${urlOf({ ...listening, host: traffic.host ?? listening.host })}${traffic.path}`;
  }

  #portsOf(rollout: Rollout): Ports {
    const [name, traffic] = [rollout.name, gatewayOf(rollout.traffic)];
    const workload = processWorkload({
      rollout: name,
      supervisor: this.supervisor,
      revisionOf: (id) => this.catalogue.settingsOf(name, id),
    });
    const forgetRoute = async (signal: AbortSignal): Promise<undefined> => {
      await this.#routes.removeRoute(name, signal);
    };
    const metrics = this.#measuring.metricsOf(rollout);
    const others = { ...this.errands.portsOf(rollout), ...otherRollouts(rollout, this) };
    const usual = { workload, metrics, forgetRoute, ...others };
    if (traffic === undefined) return usual;
    return { ...usual, router: gatewayRouter({ rollout: name, traffic, routes: this.#routes }) };
  }

  /** The gateway learns of processes that came or went at once; the engine looks what that means. */
  #processesChanged(rollout: string): void {
    this.#routes.refreshEndpoints(rollout, this.closing).catch((cause: unknown) => {
      if (!this.closing.aborted)
        this.options.log.warn(`the gateway could not be told of processes: ${messageOf(cause)}`, { rollout });
    });
    this.controller.poke(rollout);
    this.#tendContainers();
  }

  /** What was killed, and cannot tidy up any more, leaves its container behind. */
  #tendContainers(): void {
    this.#containers.tend(async () => {
      const names = (await this.store.list()).map(({ rollout }) => rollout.name);
      const all = await Promise.all(names.map((name) => this.supervisor.instances(name)));
      return new Set(all.flat().map(({ id }) => id));
    });
  }

  /** It may be what its group waits for or others follow, and may leave something behind. */
  #happened(record: RolloutRecord): void {
    pokeOthers(record, this.store, this.controller);
    this.#following.poke(record.rollout.name);
    if (record.status.release === undefined) this.#clear(record.rollout.name);
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
    await this.#certificatesKept;
    await this.controller.stop();
    this.errands.close();
    if (everything) {
      await this.supervisor.stopAll();
      await this.gateway.stop(GATEWAY_DRAIN_MS).catch(() => undefined);
      await untilGone(this.gateway, GATEWAY_DRAIN_MS + GATEWAY_END_MS);
    }
    await this.#measuring.close();
    await this.supervisor.close();
    await this.store.close();
  }
}
