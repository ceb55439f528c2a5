import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Failure, messageOf } from '../base/failure.ts';
import type { ClusterAccess } from '../kube/access.ts';
import { kubeClient } from '../kube/api-client.ts';
import type { KubeClient } from '../kube/client.ts';
import { MOST_REQUESTS } from '../kube/connections.ts';
import { lead } from '../kube/leadership.ts';
import { orderlyClient, type Order } from '../kube/orderly.ts';
import { onAbort } from '../system/waiting.ts';
import type { Log } from '../telemetry/log.ts';
import type { Collector } from '../tracing/collector.ts';
import { observer, type Observer } from '../tracing/observer.ts';
import { CONTROLLER_REVISIONS } from '../workloads/deployment/objects.ts';
import { servingDuring, type ApiAddress } from './api/serving.ts';
import { counted } from './counted.ts';
import { serveHealth, type HealthAddress } from './health-server.ts';
import { holdingDuring, type OnCertificate } from './holding.ts';
import { LEASE_NAME } from './install/names.ts';
import { installationKey } from './installation-key.ts';
import { ClusterProviders } from './providers.ts';
import { INSTALL_LABELS } from './manifest.ts';
import { EVENTS, RELEASE_TICKS, RELEASES, ROLLOUTS } from './objects.ts';
import { OperatorRuntime } from './runtime.ts';

/** What `coalmine operator` was asked for. */
export interface OperatorOptions {
  readonly access: ClusterAccess;
  /** Where its lease and its key are. */
  readonly namespace: string;
  /** The one namespace that is looked after; absent: all. */
  readonly watched?: string;
  /** False: nobody else is there, and nobody is waited for. */
  readonly elects: boolean;
  readonly health: HealthAddress;
  /** Where traces of releases are sent; absent: nowhere. */
  readonly collector?: Collector | undefined;
  /** Where the API server asks what becomes of new templates; absent: nowhere. */
  readonly webhookPort?: number | undefined;
  /** Where its API is served; absent: nowhere. */
  readonly api?: ApiAddress | undefined;
  /** What users call its API, where not by a name of this machine, as `name` or `name:port`. */
  readonly hosts?: readonly string[] | undefined;
  /** What the cluster is called; absent: nobody has said it. */
  readonly cluster?: string | undefined;
  readonly log: Log;
  /** Ends it. What runs goes on running. */
  readonly signal: AbortSignal;
}

const FOR_PEOPLE: readonly string[] = [RELEASES.kind, RELEASE_TICKS.kind, EVENTS.kind];

/** What counts goes first, so that a new revision is noticed while many are released; what people are told goes last. */
const ORDER: Order = {
  // More would wait for a connection, where nothing goes before anything else.
  atOnce: MOST_REQUESTS,
  rankOf: ({ kind }) => {
    if (kind === ROLLOUTS.kind || kind === CONTROLLER_REVISIONS.kind) return 0;
    return FOR_PEOPLE.includes(kind) ? 2 : 1;
  },
};

/** Looks after the Rollouts of a cluster until it is told to end. Throws Failure when it cannot start, or has lost its lease. */
export async function runOperator(options: OperatorOptions): Promise<void> {
  const { access, log, signal } = options;
  const requests = new Map<string, number>();
  const client = orderlyClient(counted(kubeClient(access), requests), ORDER);
  // Renewing the lease waits for nothing else: with very much to ask it would come too late.
  const elector = counted(kubeClient(access), requests);
  // Whoever asks the webhook or the API very much keeps no release from its connections.
  const asked = counted(kubeClient(access), requests);
  const term: Term = { isStandby: false };
  const observing = observer(options.collector, log);
  const certificates = new Map<'api' | 'webhook', string>();
  const onCertificate: OnCertificate = (server, cert) => void certificates.set(server, cert);
  const health = {
    isReady: () => term.runtime?.isReady ?? term.isStandby,
    isLeading: () => term.runtime !== undefined,
    releases: () => observing.families(),
    certificates: () => certificates,
    requests: () => requests,
  };
  const server = await serveHealth(health, options.health);
  try {
    const version = await client.version(signal);
    log.info('the operator has started', { health: server.port, server: access.server, version });
    term.isStandby = true;
    const keyOf = (): Promise<string> => installationKey(asked, options.namespace, signal);
    const work = (until: AbortSignal): Promise<void> => look(options, { client, term, observing, until });
    const common = { ...options, client: asked, onCertificate };
    await holdingDuring(common, () =>
      servingDuring({ ...common, keyOf }, () => inTurn(options, elector, work)),
    );
  } finally {
    server.close();
    await Promise.all([client.close(), elector.close(), asked.close(), observing.close()]);
  }
}

/** Works while this operator leads, or at once where nobody else is. */
async function inTurn(
  { namespace, elects, log, signal }: OperatorOptions,
  client: KubeClient,
  work: (until: AbortSignal) => Promise<void>,
): Promise<void> {
  if (!elects) {
    await work(signal);
    return;
  }
  const election = {
    client,
    key: { namespace, name: LEASE_NAME, labels: { ...INSTALL_LABELS } },
    identity: `${process.env['POD_NAME'] ?? hostname()}_${randomUUID()}`,
    onTrouble: (cause: unknown) => {
      log.warn(`the lease cannot be had: ${messageOf(cause)}`);
    },
  };
  if ((await lead(election, work, signal)) === 'lost') throw lost();
}

/** What goes on now. */
interface Term {
  /** True once it waits for its turn, or has it. */
  isStandby: boolean;
  /** Set while it leads. */
  runtime?: OperatorRuntime;
}

interface Looking {
  readonly client: KubeClient;
  readonly term: Term;
  readonly observing: Observer;
  /** Aborted when it must end. */
  readonly until: AbortSignal;
}

/** Looks after everything for as long as nobody else does. */
async function look(options: OperatorOptions, { client, term, observing, until }: Looking): Promise<void> {
  const { log, namespace, watched, webhookPort } = options;
  const where = watched === undefined ? {} : { namespace: watched };
  const key = await installationKey(client, namespace, until);
  const providers = new ClusterProviders({
    ...{ client, ...where, key, log },
    lacksWebhook: webhookPort === undefined,
  });
  const { watching } = observing;
  const runtime = new OperatorRuntime({ client, ...where, providers, key, log, watching });
  term.runtime = runtime;
  log.info('this operator leads');
  try {
    await runtime.start(until);
    if (!until.aborted) log.info('everything is in sight');
    await aborted(until);
  } finally {
    await runtime.stop();
    delete term.runtime;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    onAbort(signal, resolve);
  });
}

function lost(): Failure {
  return new Failure('conflict', 'this operator has lost its lease, and another may act now', {
    hint: 'start it again: it waits until it may lead',
  });
}
