import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { Challenges } from '../tls/challenges.ts';
import { fractionSource } from '../routing/chance.ts';
import { traceSource } from '../http1/identity.ts';
import { log } from '../log.ts';
import type { FromWorker, GatewayConfig, PemCertificate, ToWorker } from '../protocol.ts';
import { isLoopback } from '../http1/client-address.ts';
import { DEFAULT_LIMITS, type ProxyContext } from '../http1/proxy-context.ts';
import { proxyServer } from '../http1/proxy.ts';
import { RouteTable } from '../routing/route-table.ts';
import { SecureContexts } from '../tls/secure-contexts.ts';
import { idSource } from '../routing/sticky.ts';
import { TlsServer } from '../tls/tls-server.ts';

const REPORT_EVERY_MS = 200;
/** Every so many turns a report goes out although nothing has changed: the sign of life the master waits for. */
const QUIET_TURNS = 5;
/** How long requests under way may take when the master is gone or the process is told to end. */
const ORPHAN_DRAIN_MS = 10_000;
const DRAIN_POLL_MS = 25;
/** How long a slow disk may keep a worker from ending. */
const LOGS_WITHIN_MS = 1_000;
/** Of that time: until the last WebSocket is closed. */
const TUNNELS_SHARE = 0.8;

/** Serves until the master says stop or is gone. */
export function runWorker(): void {
  const worker = new Worker();
  process.on('message', (message: ToWorker, handle: unknown) => {
    worker.take(message, handle);
  });
  process.on('disconnect', () => {
    worker.drain(ORPHAN_DRAIN_MS, true);
  });
  process.on('SIGTERM', () => {
    worker.drain(ORPHAN_DRAIN_MS, false);
  });
  // A terminal sends it to the whole group; the master decides.
  process.on('SIGINT', () => undefined);
  process.on('uncaughtException', (error) => {
    log('worker: bug', { error: error.stack ?? error.message });
    process.exit(1);
  });
  setInterval(() => {
    worker.reportIfNews();
  }, REPORT_EVERY_MS);
}

interface Drain {
  readonly untilMs: number;
  readonly gently: boolean;
}

class Worker {
  readonly #servers = new Map<string, Server>();
  readonly #context: ProxyContext;
  readonly #table = new RouteTable();
  readonly #contexts = new SecureContexts();
  readonly #challenges = new Challenges();
  readonly #tlsServers = new Map<string, TlsServer>();
  #securePort: number | undefined;
  /** Since when it is on its way out, until when, and whether idle connections stay for one more answer. */
  #drain: Drain | undefined;
  #quietTurns = 0;
  #wasBusy = false;

  constructor() {
    this.#context = {
      table: this.#table,
      challenges: this.#challenges,
      random: fractionSource(),
      newId: idSource(),
      newTrace: traceSource(),
      limits: DEFAULT_LIMITS,
      believes: isLoopback,
      scheme: 'http',
      securePort: () => this.#securePort,
      isDraining: () => this.#drain !== undefined,
    };
  }

  take(message: ToWorker, handle: unknown): void {
    switch (message.kind) {
      case 'config':
        this.#configure(message.config);
        break;
      case 'listen':
        this.#listen(message.key, handle as NetServer, message.tls === true);
        break;
      case 'certificates':
        this.#certify(message.certificates);
        break;
      case 'unlisten':
        this.#unlisten(message.key);
        break;
      case 'report':
        this.#report(true);
        break;
      case 'drain':
        this.drain(message.drainMs, message.gently === true);
    }
  }

  /**
   * Accepts nothing new, lets requests under way end for at most `drainMs`, then exits. Connections without one are
   * closed; `gently`: not before they have had one more answer, or their usual time. Told again it may get less time.
   */
  drain(drainMs: number, gently: boolean): void {
    const untilMs = performance.now() + drainMs;
    if (this.#drain === undefined) this.#beginDrain({ untilMs, gently });
    else if (untilMs < this.#drain.untilMs) this.#drain = { untilMs, gently };
    else return;
    this.#closeTunnels(drainMs * TUNNELS_SHARE, gently);
    this.#table.waitingRoom.hurry(drainMs * TUNNELS_SHARE);
  }

  /** `gently`: all stay for the first half of the time. */
  #closeTunnels(withinMs: number, gently: boolean): void {
    if (!gently) this.#table.closeTunnels(withinMs);
    else
      setTimeout(() => {
        this.#table.closeTunnels(withinMs / 2);
      }, withinMs / 2);
  }

  #beginDrain(first: Drain): void {
    this.#drain = first;
    let open = this.#servers.size;
    for (const server of this.#servers.values()) stopAccepting(server, () => (open -= 1));
    for (const server of this.#tlsServers.values()) server.drain();
    const poll = setInterval(() => {
      const { untilMs, gently } = this.#drain ?? first;
      if (!gently) for (const server of this.#servers.values()) server.closeIdleConnections();
      if (open > 0 && performance.now() < untilMs) return;
      clearInterval(poll);
      this.#end();
    }, DRAIN_POLL_MS);
  }

  /** With a full disk, too. */
  #end(): void {
    const report = (): void => {
      this.#report(false, () => process.exit(0));
    };
    setTimeout(report, LOGS_WITHIN_MS);
    void this.#table.closeLogs().then(report);
  }

  reportIfNews(): void {
    this.#quietTurns += 1;
    this.#report(this.#quietTurns >= QUIET_TURNS ? 'sign' : false);
  }

  #configure(config: GatewayConfig): void {
    this.#table.replace(config);
    this.#challenges.replace(config.challenges);
    this.#contexts.serve(config);
    for (const server of this.#tlsServers.values()) server.refresh();
    send({ kind: 'configured', version: config.version });
  }

  #certify(certificates: readonly PemCertificate[]): void {
    this.#contexts.replace(certificates);
    for (const server of this.#tlsServers.values()) server.refresh();
  }

  #listen(key: string, handle: NetServer, isTls: boolean): void {
    const server = isTls ? this.#tlsServer(key) : proxyServer(this.#context);
    server.once('error', (error) => {
      this.#forget(key);
      send({ kind: 'listening', key, error: error.message });
    });
    server.listen(handle, () => {
      if (isTls) this.#securePort = portOf(server);
      send({ kind: 'listening', key });
    });
    this.#servers.set(key, server);
  }

  #tlsServer(key: string): Server {
    const made = new TlsServer(this.#context, this.#contexts);
    this.#tlsServers.set(key, made);
    return made.server;
  }

  #forget(key: string): void {
    this.#servers.delete(key);
    if (this.#tlsServers.delete(key)) this.#securePort = undefined;
  }

  #unlisten(key: string): void {
    this.#servers.get(key)?.close();
    this.#forget(key);
    send({ kind: 'unlistened', key });
  }

  #report(why: boolean | 'sign', sent: () => void = () => undefined): void {
    const counters = [...this.#table.counters()].flatMap((counter) => counter.takeDelta() ?? []);
    const paths = [...this.#table.pathCounters()].flatMap((counter) => counter.takeDelta() ?? []);
    const inflight = this.#table.inflight();
    const isBusy = Object.keys(inflight).length > 0;
    if (why === false && counters.length + paths.length === 0 && !isBusy && !this.#wasBusy) {
      sent();
      return;
    }
    this.#quietTurns = 0;
    this.#wasBusy = isBusy;
    send({ kind: 'report', asked: why === true, counters, paths, inflight }, sent);
  }
}

/** Unlike `close` of an HTTP server it leaves idle connections alone, and its clocks running. */
function stopAccepting(server: Server, ended: () => void): void {
  NetServer.prototype.close.call(server, ended);
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

/** Without a master there is nobody to tell. */
function send(message: FromWorker, sent: () => void = () => undefined): void {
  if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, sent);
  else sent();
}
