import type { Server } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { fractionSource } from './chance.ts';
import { log } from './log.ts';
import type { FromWorker, GatewayConfig, ToWorker } from './protocol.ts';
import { DEFAULT_LIMITS, isLoopback, proxyServer, type ProxyContext } from './proxy.ts';
import { RouteTable } from './route-table.ts';
import { idSource } from './sticky.ts';

const REPORT_EVERY_MS = 200;
/** Every so many turns a report goes out although nothing has changed: the sign of life the master waits for. */
const QUIET_TURNS = 5;
/** How long requests under way may take when the master is gone or the process is told to end. */
const ORPHAN_DRAIN_MS = 10_000;
const DRAIN_POLL_MS = 25;

/** Serves until the master says stop or is gone. */
export function runWorker(): void {
  const worker = new Worker();
  process.on('message', (message: ToWorker, handle: unknown) => {
    worker.take(message, handle);
  });
  process.on('disconnect', () => {
    worker.drain(ORPHAN_DRAIN_MS);
  });
  process.on('SIGTERM', () => {
    worker.drain(ORPHAN_DRAIN_MS);
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

class Worker {
  readonly #servers = new Map<string, Server>();
  readonly #context: ProxyContext;
  readonly #table = new RouteTable();
  #draining = false;
  #quietTurns = 0;
  #wasBusy = false;

  constructor() {
    this.#context = {
      table: this.#table,
      random: fractionSource(),
      newId: idSource(),
      limits: DEFAULT_LIMITS,
      believes: isLoopback,
      isDraining: () => this.#draining,
    };
  }

  take(message: ToWorker, handle: unknown): void {
    switch (message.kind) {
      case 'config':
        this.#configure(message.config);
        break;
      case 'listen':
        this.#listen(message.key, handle as NetServer);
        break;
      case 'unlisten':
        this.#unlisten(message.key);
        break;
      case 'report':
        this.#report(true);
        break;
      case 'drain':
        this.drain(message.drainMs);
    }
  }

  /** Accepts nothing new, lets requests under way end for at most `drainMs`, then exits. */
  drain(drainMs: number): void {
    if (this.#draining) return;
    this.#draining = true;
    let open = this.#servers.size;
    for (const server of this.#servers.values()) server.close(() => (open -= 1));
    const end = performance.now() + drainMs;
    const poll = setInterval(() => {
      for (const server of this.#servers.values()) server.closeIdleConnections();
      if (open > 0 && performance.now() < end) return;
      clearInterval(poll);
      this.#report(false, () => process.exit(0));
    }, DRAIN_POLL_MS);
  }

  reportIfNews(): void {
    this.#quietTurns += 1;
    this.#report(this.#quietTurns >= QUIET_TURNS ? 'sign' : false);
  }

  #configure(config: GatewayConfig): void {
    this.#table.replace(config);
    send({ kind: 'configured', version: config.version });
  }

  #listen(key: string, handle: NetServer): void {
    const server = proxyServer(this.#context);
    server.once('error', (error) => {
      this.#servers.delete(key);
      send({ kind: 'listening', key, error: error.message });
    });
    server.listen(handle, () => {
      send({ kind: 'listening', key });
    });
    this.#servers.set(key, server);
  }

  #unlisten(key: string): void {
    this.#servers.get(key)?.close();
    this.#servers.delete(key);
    send({ kind: 'unlistened', key });
  }

  #report(why: boolean | 'sign', sent: () => void = () => undefined): void {
    const counters = [...this.#table.counters()].flatMap((counter) => counter.takeDelta() ?? []);
    const inflight = this.#table.inflight();
    const isBusy = Object.keys(inflight).length > 0;
    if (why === false && counters.length === 0 && !isBusy && !this.#wasBusy) {
      sent();
      return;
    }
    this.#quietTurns = 0;
    this.#wasBusy = isBusy;
    send({ kind: 'report', asked: why === true, counters, inflight }, sent);
  }
}

/** Without a master there is nobody to tell. */
function send(message: FromWorker, sent: () => void = () => undefined): void {
  if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, sent);
  else sent();
}
