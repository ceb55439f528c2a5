import { readFile } from 'node:fs/promises';
import { VERSION } from '../base/version.ts';
import type { SystemView } from '../api/resources.ts';
import { Repeats } from '../api/repeats.ts';
import { startApiServer, type ApiServer } from '../api/server.ts';
import type { Log } from '../telemetry/log.ts';
import { controlSocketPath } from '../gateway/processes/control-socket.ts';
import type { IdentityOptions } from '../api/access/oidc/identities.ts';
import { holders } from './holders.ts';
import { placed, type ApiPlace } from './api-place.ts';
import { listenForScrapes, type Scraped } from './metrics-listener.ts';
import { EmbeddedOperations, type OperationsParts } from './operations.ts';
import { gatewayDirOf } from './gateway-keeper.ts';
import { Runtime } from './runtime.ts';
import { Dashboard } from './dashboard.ts';
import { BrowserSessions } from './sessions.ts';
import { Tokens } from './tokens.ts';
import { built } from '../system/built.ts';
import { lifetimeOf } from '../system/certificate-lifetime.ts';
import { deadlineIn } from '../system/waiting.ts';
import type { Collector } from '../tracing/collector.ts';
import { observer, type Observer } from '../tracing/observer.ts';
import { certificateFamilies } from '../telemetry/certificate-families.ts';
import { Counter, processFamilies, type Family } from '../telemetry/metrics.ts';

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
  /** Where the API answers over TCP; absent: only on the control socket. */
  readonly api?: ApiPlace;
  /** Whose tokens let in besides those of the data directory; absent: nobody's. */
  readonly identities?: IdentityOptions;
  /** False where a service manager starts the gateway. */
  readonly startsGateway: boolean;
  readonly log: Log;
  /** Where traces of releases are sent; absent: nowhere. */
  readonly collector?: Collector | undefined;
  /** Ends it, leaving processes and gateway as they are. */
  readonly signal: AbortSignal;
  /** Called once everything answers. */
  readonly onReady: (system: SystemView) => Promise<void> | void;
}

/** Runs the control process of one machine until it is told to end. Throws Failure when it cannot start. */
export async function runUp(options: UpOptions): Promise<void> {
  const { dataDir, gatewayHost, gatewayPort, gatewayTlsPort, gatewayWorkers, log, signal } = options;
  const ending = endSignal(signal);
  const observing = observer(options.collector, log);
  const { watching } = observing;
  const runtime = await Runtime.start({
    dataDir,
    gatewayHost,
    gatewayPort,
    gatewayTlsPort,
    gatewayWorkers,
    log,
    watching,
    signal,
    containerEntry: builtProgram('containers'),
    ...(options.startsGateway ? { gatewayEntry: builtProgram('gateway') } : {}),
  });
  let everything = false;
  try {
    everything = await serve(runtime, options, { ...ending, observing });
  } finally {
    await runtime.stop(everything);
    await observing.close();
  }
}

/** Answers requests until somebody ends it; answers whether everything is to end. */
async function serve(runtime: Runtime, options: UpOptions, ending: Ending & Observed): Promise<boolean> {
  const { metricsPort } = options;
  const setting = { startedAt: Date.now(), metrics: metricsAddress(options) };
  let server: ApiServer | undefined;
  const system = (): Promise<SystemView> => systemView(runtime, { ...setting, server });
  const { store, supervisor, controller, catalogue, deployment, shown, uploads, closing } = runtime;
  const tokens = new Tokens(store, Date.now);
  const sessions = new BrowserSessions({ store, tokens, now: Date.now });
  const dashboard = new Dashboard(sessions, () => server?.url);
  const parts: OperationsParts = {
    ...{ store, supervisor, controller, catalogue, deployment, shown, uploads, closing },
    ...{ tokens, sessions, dashboard },
    hooks: runtime.errands,
    system,
    shutDown: ending.end,
  };
  const answers = new Counter();
  const families = (): readonly Family[] => [
    ...ending.observing.families(),
    requestFamily(answers),
    ...apiCertificateFamilies(server?.certificate()),
  ];
  const scrapes =
    metricsPort === undefined ? undefined : await listenForScrapes(scrapedOf(runtime, families), metricsPort);
  try {
    server = await startApi(options, parts, { sessions, answers });
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

/** Where the gateway's metrics are read. */
function metricsAddress({ dataDir, metricsPort }: UpOptions): string {
  return metricsPort === undefined
    ? `unix:${controlSocketPath(gatewayDirOf(dataDir))}`
    : `http://127.0.0.1:${metricsPort}/metrics`;
}

async function startApi(
  { dataDir, api, identities, log }: UpOptions,
  parts: OperationsParts,
  { sessions, answers }: { readonly sessions: BrowserSessions; readonly answers: Counter },
): Promise<ApiServer> {
  const tell = (problem: string): void => {
    log.error(problem);
  };
  const { holderOf, problems } = await holders(parts.tokens, identities, { signal: parts.closing, tell });
  const server = await startApiServer({
    dataDir,
    ...(api === undefined ? {} : placed(api)),
    tell,
    openApi: () => readFile(built('openapi.json'), 'utf8'),
    dashboard: built('web'),
    repeats: new Repeats(parts.store, Date.now),
    audit: {
      add: (entry) => parts.store.addAudit(entry, Date.now()),
      end: (id, outcome) => parts.store.endAudit(id, outcome),
    },
    access: {
      holderOf,
      sessions,
      operationsFor: (caller, condition) => new EmbeddedOperations(parts, caller, condition),
    },
    onAnswer: ({ method, status }) => {
      answers.add({ method, code: String(status) });
    },
    onBug: (cause) => {
      log.error('a request met a bug', { cause: cause instanceof Error ? cause.stack : String(cause) });
    },
  });
  return { ...server, problems: () => [...server.problems(), ...problems()] };
}

function scrapedOf({ gateway, store, supervisor }: Runtime, own: Scraped['families']): Scraped {
  return {
    gateway,
    families: () => [...own(), ...processFamilies(VERSION)],
    processes: async () => {
      const names = (await store.list()).map(({ rollout }) => rollout.name);
      const processes = names.map(async (name) =>
        (await supervisor.instances(name)).map((instance) => ({ ...instance, rollout: name })),
      );
      return (await Promise.all(processes)).flat();
    },
  };
}

function requestFamily(answers: Counter): Family {
  const help = 'Requests to the API, by the status of the answer.';
  return { name: 'coalmine_api_requests_total', type: 'counter', help, samples: answers.samples() };
}

function apiCertificateFamilies(cert: string | undefined): readonly Family[] {
  return certificateFamilies('api', cert === undefined ? [] : [{ labels: {}, ...lifetimeOf(cert) }]);
}

interface Observed {
  readonly observing: Observer;
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
  readonly server: ApiServer | undefined;
}

async function systemView(runtime: Runtime, { startedAt, metrics, server }: Setting): Promise<SystemView> {
  const { dataDir } = runtime.options;
  const common = {
    ...{ version: VERSION, pid: process.pid, dataDir, startedAt },
    ...(server?.url === undefined ? {} : { api: server.url }),
  };
  const [unresolved, silent] = await Promise.all([runtime.store.unresolved(), runtime.silentSources()]);
  const known = [
    ...unresolved.map(({ name, failure }) => `${name}: ${failure.message}`),
    ...silent,
    ...(server?.problems() ?? []),
  ];
  try {
    const { pid, problems } = await runtime.gateway.state(deadlineIn(2_000));
    const gateway = { pid, addresses: runtime.addresses(), metrics };
    return { ...common, gateway, problems: [...known, ...runtime.gatewayProblems(), ...problems] };
  } catch {
    return { ...common, problems: [...known, 'the gateway does not answer'] };
  }
}

function builtProgram(folder: 'gateway' | 'containers'): string {
  return built(`${folder}/main.js`);
}
