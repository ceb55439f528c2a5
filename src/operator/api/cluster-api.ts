import { Hono } from 'hono';
import { Accounts, tokenIn } from '../../api/access/account.ts';
import type { Admitted, Caller } from '../../api/access/caller.ts';
import { PermittedOperations } from '../../api/access/permitted.ts';
import type { Site } from '../../api/access/site.ts';
import { ownSessionSecret, refuseStrangers } from '../../api/access/tcp-admission.ts';
import { createApp, type AppOptions } from '../../api/app.ts';
import { noteCaller } from '../../api/auditing.ts';
import { conditionIn } from '../../api/conditions.ts';
import { closed, serverOf } from '../../api/http-server.ts';
import type { Operations } from '../../api/operations.ts';
import { CALLER_RATE, RateLimit, RequestLimit } from '../../api/rate-limit.ts';
import { StreamLimit } from '../../api/stream-limit.ts';
import type { PemPair } from '../../api/tls-certificate.ts';
import { messageOf } from '../../base/failure.ts';
import { ACCESS_ROLES } from '../../engine/access-role.ts';
import type { ClusterAccess } from '../../kube/access.ts';
import type { KubeClient } from '../../kube/client.ts';
import { deadlineIn } from '../../system/waiting.ts';
import type { Log } from '../../telemetry/log.ts';
import { AccountOperations } from './account-operations.ts';
import { auditLines } from './audit-lines.ts';
import { namespacesAsked, namesPlace, pathInPlace, PLACE_PATH } from './asked-place.ts';
import { OVERVIEW_PATHS } from './cluster-document.ts';
import { clusterSite } from './cluster-site.ts';
import { EndedSessions } from './ended-sessions.ts';
import { ofOneNamespace, OverviewOperations } from './overview-operations.ts';
import { SealedSessions } from './sealed-sessions.ts';

/** What the API of an operator works with. */
export interface ClusterApiOptions extends Pick<AppOptions, 'dashboard' | 'openApi'> {
  readonly client: KubeClient;
  /** How the API server is reached, whoever asks it. */
  readonly access: ClusterAccess;
  /** Where the operator is, and keeps what all replicas share. */
  readonly namespace: string;
  /** The key of the installation, which approvals and sessions are sealed with. */
  readonly keyOf: () => Promise<string>;
  /** The one namespace that is looked after; absent: all. */
  readonly watched?: string;
  /** What the cluster is called; absent: nobody has said it. */
  readonly cluster?: string | undefined;
  /** What users call this server, where not by a name of this machine, as `name` or `name:port`. */
  readonly hosts?: readonly string[] | undefined;
  readonly log: Log;
  /** Silence on a live stream after which a heartbeat is sent, and it is looked whether its reader may still come in. */
  readonly heartbeatMs?: number;
  /** How long it counts here which sessions were ended elsewhere. */
  readonly endedCountMs?: number;
}

const HEARTBEAT_MS = 15_000;
const REQUEST_MS = 10_000;
/** What the API server watches for one account at most, through us. */
const WATCHES_OF_ONE = 200;

/** The API over the Rollouts of a cluster, as a server that does not listen yet; over TLS with a certificate. */
export function clusterApi(options: ClusterApiOptions, certificate?: PemPair): ApiOfCluster {
  const { log, hosts = [], keyOf, heartbeatMs = HEARTBEAT_MS, dashboard, openApi } = options;
  const site = clusterSite({ hosts, isSecure: certificate !== undefined });
  const deadline = (): AbortSignal => deadlineIn(REQUEST_MS);
  const { client, namespace, endedCountMs: countsMs } = options;
  const ended = new EndedSessions({ client, namespace, now: Date.now, deadline, countsMs });
  const sessions = new SealedSessions({ keyOf, ended, now: Date.now });
  const door = new Door(options, { site, sessions });
  const app = createApp({
    admit: (request) => door.admit(request),
    operationsFor: (request) => door.operationsFor(request),
    browsers: { sessions, site },
    screen: (request) => {
      // By another name a program may come that shows a token. A browser shows none by itself, and has its cookie.
      const { headers } = request;
      if (!headers.has('authorization') || headers.has('origin')) refuseStrangers(request, site);
    },
    audit: auditLines(log),
    onBug: (thrown, asked) => {
      log.error('a request could not be answered', { ...asked, reason: messageOf(thrown) });
    },
    heartbeatMs,
    streams: new StreamLimit(WATCHES_OF_ONE),
    // Each namespace is a watch of its own, by a connection of its own.
    weightOf: (request) => namespacesAsked(request, options.watched)?.length ?? 1,
    ...(dashboard === undefined ? {} : { dashboard }),
    ...(openApi === undefined ? {} : { openApi }),
  });
  const inPlace = new Hono().route(PLACE_PATH, app);
  inPlace.notFound((context) => app.fetch(context.req.raw));
  const server = serverOf(
    (request, env) => (namesPlace(new URL(request.url).pathname) ? inPlace : app).fetch(request, env),
    certificate,
  );
  return { server, close: () => closed(server) };
}

/** A server of the API. */
export interface ApiOfCluster {
  readonly server: ReturnType<typeof serverOf>;
  /** Stops listening; cuts what is still under way after a second. */
  readonly close: () => Promise<void>;
}

interface Entrance {
  readonly site: Site;
  readonly sessions: SealedSessions;
}

/** What a request came by. */
interface Shown extends Pick<Caller, 'expiresAt'> {
  readonly token: string;
  readonly by: 'token' | 'session';
}

/** Lets accounts of the cluster in, by their token or by the cookie of a session that holds it. */
class Door {
  readonly #options: ClusterApiOptions;
  readonly #entrance: Entrance;
  readonly #accounts: Accounts;
  readonly #requests = new RequestLimit(new RateLimit(CALLER_RATE, () => performance.now()));

  constructor(options: ClusterApiOptions, entrance: Entrance) {
    this.#options = options;
    this.#entrance = entrance;
    this.#accounts = new Accounts({
      client: options.client,
      now: () => performance.now(),
      deadline: () => deadlineIn(REQUEST_MS),
    });
  }

  /** Who asks; where no namespace is named also one who may not see all. */
  async admit(request: Request): Promise<Admitted> {
    const { token, ...shown } = await this.#shownBy(request);
    const namespaces = namespacesAsked(request, this.#options.watched);
    const caller =
      namespaces === undefined
        ? await this.#accounts.holderOf(token)
        : await this.#callerIn(namespaces, token);
    return this.#noted(request, { ...caller, ...shown });
  }

  /** What he may do there. */
  async operationsFor(request: Request): Promise<Operations> {
    const { token, ...shown } = await this.#shownBy(request);
    const namespaces = namespacesAsked(request, this.#options.watched);
    const path = pathInPlace(request);
    const isOverview = namespaces?.length !== 1;
    if (isOverview && !OVERVIEW_PATHS.includes(path)) {
      await this.#accounts.holderOf(token);
      throw ofOneNamespace(path);
    }
    const caller = this.#noted(request, { ...(await this.#callerIn(namespaces, token)), ...shown });
    const { client, access, keyOf, cluster } = this.#options;
    const [namespace] = namespaces ?? [];
    const all =
      isOverview || namespace === undefined
        ? new OverviewOperations({ client, namespaces, cluster })
        : new AccountOperations({
            ...{ client, access, caller, namespace, cluster, token, keyOf },
            condition: request.method === 'GET' ? undefined : conditionIn(request.headers),
          });
    return new PermittedOperations(all, caller);
  }

  /** Whose a request is, is written down, and counted. */
  #noted(request: Request, caller: Admitted): Admitted {
    noteCaller(request, caller);
    this.#requests.take(request, caller.author.name);
    return caller;
  }

  async #shownBy(request: Request): Promise<Shown> {
    const { site, sessions } = this.#entrance;
    const isBare = !request.headers.has('authorization');
    const secret = isBare ? ownSessionSecret(request, site) : undefined;
    if (secret === undefined) return { token: tokenIn(request), by: 'token' };
    return { ...(await sessions.contentOf(secret)), by: 'session' };
  }

  /** The holder of a token in several namespaces, or in all: he may do there what he may do in each. */
  async #callerIn(namespaces: readonly string[] | undefined, token: string): Promise<Caller> {
    if (namespaces === undefined) return this.#accounts.callerOf(token);
    const each = await Promise.all(namespaces.map((one) => this.#accounts.callerOf(token, one)));
    const [first = await this.#accounts.callerOf(token)] = each;
    const least = ACCESS_ROLES.find((role) => each.some((caller) => caller.role === role));
    return { ...first, role: least ?? first.role };
  }
}
