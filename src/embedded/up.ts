import { fileURLToPath } from 'node:url';
import { VERSION } from '../base/version.ts';
import type { SystemView } from '../api/resources.ts';
import { startApiServer } from '../api/server.ts';
import type { Log } from '../telemetry/log.ts';
import { controlSocketPath } from '../gateway/processes/control-socket.ts';
import { listenForScrapes, type Scraped } from './metrics-listener.ts';
import { EmbeddedOperations, type OperationsParts } from './operations.ts';
import { gatewayDirOf, Runtime } from './runtime.ts';
import { Tokens } from './tokens.ts';
import { deadlineIn } from '../system/waiting.ts';

/** What `coalmine up` was asked for. */
export interface UpOptions {
  readonly dataDir: string;
  readonly gatewayHost: string;
  /** 0: any free port. */
  readonly gatewayPort: number;
  /** Where the gateway speaks TLS, once a Rollout wants that; 0: any free port. */
  readonly gatewayTlsPort: number;
  /** How many processes serve in a gateway that is started here. */
  readonly gatewayWorkers: number;
  /** A loopback port for Prometheus to scrape; absent: only on the gateway's socket. */
  readonly metricsPort?: number;
  /** False where a service manager starts the gateway. */
  readonly startsGateway: boolean;
  readonly log: Log;
  /** Ends it, leaving processes and gateway as they are. */
  readonly signal: AbortSignal;
  /** Called once everything answers. */
  readonly onReady: (system: SystemView) => Promise<void> | void;
}

/** Runs the control process of one machine until it is told to end. Throws Failure when it cannot start. */
export async function runUp(options: UpOptions): Promise<void> {
  const { dataDir, gatewayHost, gatewayPort, gatewayTlsPort, gatewayWorkers, log, signal } = options;
  const ending = endSignal(signal);
  const runtime = await Runtime.start({
    dataDir,
    gatewayHost,
    gatewayPort,
    gatewayTlsPort,
    gatewayWorkers,
    log,
    signal,
    containerEntry: builtProgram('containers'),
    ...(options.startsGateway ? { gatewayEntry: builtProgram('gateway') } : {}),
  });
  let everything = false;
  try {
    everything = await serve(runtime, options, ending);
  } finally {
    await runtime.stop(everything);
  }
}

/** Answers requests until somebody ends it; answers whether everything is to end. */
async function serve(runtime: Runtime, options: UpOptions, ending: Ending): Promise<boolean> {
  const { dataDir, log, metricsPort } = options;
  const metrics =
    metricsPort === undefined
      ? `unix:${controlSocketPath(gatewayDirOf(dataDir))}`
      : `http://127.0.0.1:${metricsPort}/metrics`;
  const setting: Setting = { startedAt: Date.now(), metrics };
  const system = (): Promise<SystemView> => systemView(runtime, setting);
  const { store, supervisor, controller, catalogue, deployment, shown, uploads, closing } = runtime;
  const tokens = new Tokens(store, Date.now);
  const parts: OperationsParts = {
    ...{ store, supervisor, controller, catalogue, deployment, shown, uploads, tokens, closing },
    system,
    shutDown: ending.end,
  };
  const scrapes =
    metricsPort === undefined ? undefined : await listenForScrapes(scrapedOf(runtime), metricsPort);
  try {
    const server = await startApiServer({
      dataDir,
      access: {
        holderOf: (secret) => tokens.holderOf(secret),
        operationsFor: (caller) => new EmbeddedOperations(parts, caller),
      },
      onBug: (cause) => {
        log.error('a request met a bug', { cause: cause instanceof Error ? cause.stack : String(cause) });
      },
    });
    try {
      // What is declared at the start may take as long as a build does; ending does not wait for it.
      const ready = Promise.resolve(options.onReady(await system()));
      return await Promise.race([ending.ended, ready.then(() => ending.ended)]);
    } finally {
      await server.close();
    }
  } finally {
    scrapes?.close();
  }
}

function scrapedOf({ gateway, store, supervisor }: Runtime): Scraped {
  return {
    gateway,
    processes: async () => {
      const names = (await store.list()).map(({ rollout }) => rollout.name);
      const processes = names.map(async (name) =>
        (await supervisor.instances(name)).map((instance) => ({ ...instance, rollout: name })),
      );
      return (await Promise.all(processes)).flat();
    },
  };
}

interface Ending {
  /** Resolves with whether everything is to end, once anybody asks. */
  readonly ended: Promise<boolean>;
  readonly end: (everything: boolean) => void;
}

function endSignal(signal: AbortSignal): Ending {
  let end: (everything: boolean) => void = () => undefined;
  const ended = new Promise<boolean>((resolve) => {
    end = resolve;
  });
  const endControl = (): void => {
    end(false);
  };
  signal.addEventListener('abort', endControl, { once: true });
  if (signal.aborted) endControl();
  return { ended, end };
}

interface Setting {
  readonly startedAt: number;
  readonly metrics: string;
}

async function systemView(runtime: Runtime, { startedAt, metrics }: Setting): Promise<SystemView> {
  const common = { version: VERSION, pid: process.pid, dataDir: runtime.options.dataDir, startedAt };
  const [unresolved, silent] = await Promise.all([runtime.store.unresolved(), runtime.silentSources()]);
  const known = [...unresolved.map(({ name, failure }) => `${name}: ${failure.message}`), ...silent];
  try {
    const { pid, problems } = await runtime.gateway.state(deadlineIn(2_000));
    const gateway = { pid, addresses: runtime.addresses(), metrics };
    return { ...common, gateway, problems: [...known, ...runtime.gatewayProblems(), ...problems] };
  } catch {
    return { ...common, problems: [...known, 'the gateway does not answer'] };
  }
}

/** The built programs lie beside the built command. */
function builtProgram(folder: 'gateway' | 'containers'): string {
  return fileURLToPath(new URL(`../${folder}/main.js`, import.meta.url));
}
