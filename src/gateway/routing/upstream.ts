import { Client, Pool, type Dispatcher } from 'undici';
import { urlOf } from '../../rollout/origin.ts';
import type { Endpoint, GatewayRoute } from '../protocol.ts';
import { Tunnel, type TunnelEnds, type TunnelLimits } from './tunnel.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RESPONSE_HEADER_BYTES = 64 * 1024;
/** After nobody answered at an endpoint, others are tried first for this long. */
const SUSPECT_MS = 1_000;
/** An endpoint that fails whenever it is back is left out for so many times the first while. */
const LONGEST_EJECTION = 10;
/** For so long open WebSockets stay with an endpoint that is leaving; they are closed one by one meanwhile. */
const TUNNEL_GRACE_MS = 10_000;

const CONNECTIONS = {
  pipelining: 1,
  connect: { timeout: CONNECT_TIMEOUT_MS },
  maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
};

/** What wants to know how its request travels. */
interface Passenger extends Dispatcher.DispatchHandler {
  /** Called before `onConnect`, with the connection that will carry it. */
  via(connection: Connection): void;
}

/** A connection to an endpoint, made again when it was closed; it carries one request at a time. */
export class Connection extends Client {
  #carried = 0;
  readonly #servername: string | undefined;

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options);
    const { protocol, hostname } = new URL(origin);
    if (protocol === 'https:') this.#servername = hostname;
    this.on('connect', () => (this.#carried = 0));
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (isPassenger(handler)) handler.via(this);
    return super.dispatch(this.#servername === undefined ? options : this.#named(options), handler);
  }

  /** The name that its certificate is checked for; else that would be whatever host the client asked for. */
  #named(options: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions {
    return Object.assign(options, { servername: this.#servername });
  }

  /** Notes that a request goes out; true when others have gone the same way since the connection was made. */
  carry(): boolean {
    this.#carried += 1;
    return this.#carried > 1;
  }
}

function isPassenger(handler: Dispatcher.DispatchHandler): handler is Passenger {
  return 'via' in handler;
}

/** One endpoint as a worker sees it: its kept-alive connections and what is under way. */
export class Upstream {
  readonly endpoint: Endpoint;
  readonly pool: Pool;
  /** Requests under way. */
  inflight = 0;
  /** True: no new requests. */
  removed = false;
  readonly #origin: string;
  readonly #tunnels = new Set<Tunnel>();
  #suspectUntil = 0;
  #ejectedUntil = 0;
  #ejections = 0;
  /** Without a success between them. */
  #failures = 0;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    this.#origin = urlOf(endpoint);
    this.pool = new Pool(this.#origin, {
      ...CONNECTIONS,
      factory: (origin, options) => new Connection(origin, options),
    });
  }

  /** Sends one request over a connection of its own, which is closed after it. */
  dispatchFresh(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const client = new Connection(this.#origin, CONNECTIONS);
    client.dispatch(options, handler);
    // It ends with the request; the handler is told of every failure.
    void client.close();
  }

  /** Nobody answered there. */
  suspect(nowMs: number): void {
    this.#suspectUntil = nowMs + SUSPECT_MS;
  }

  /** True: others are better. */
  isSuspect(nowMs: number): boolean {
    return this.#suspectUntil > nowMs || this.isEjected(nowMs);
  }

  isEjected(nowMs: number): boolean {
    return this.#ejectedUntil > nowMs;
  }

  succeeded(): void {
    this.#failures = this.#ejections = 0;
  }

  /**
   * Counts a failure; true when it was one too many in a row, so that the endpoint is left out for a while. Then one
   * more failure suffices for the next and longer while, until a request succeeds.
   */
  failed({ eject, siblings, nowMs }: Trial): boolean {
    // Requests sent before tell nothing new.
    if (this.isEjected(nowMs)) return false;
    this.#failures += 1;
    if (this.#failures < eject.after || !maySpareOne(siblings, nowMs)) return false;
    this.#failures = eject.after - 1;
    this.#ejections = Math.min(this.#ejections + 1, LONGEST_EJECTION);
    this.#ejectedUntil = nowMs + eject.forMs * this.#ejections;
    return true;
  }

  /** Open WebSockets. */
  get tunnels(): number {
    return this.#tunnels.size;
  }

  /** Joins a client to its connection to the endpoint; `onEnd` is called when both have parted. */
  join(ends: TunnelEnds, limits: TunnelLimits, onEnd: () => void): void {
    const tunnel = new Tunnel(ends, limits, () => {
      this.#tunnels.delete(tunnel);
      onEnd();
    });
    this.#tunnels.add(tunnel);
    if (this.removed) tunnel.closeIn(TUNNEL_GRACE_MS);
  }

  /** Closes the open WebSockets one by one, so that their clients do not all come back at once. */
  closeTunnels(withinMs: number): void {
    const step = withinMs / this.#tunnels.size;
    let afterMs = 0;
    for (const tunnel of this.#tunnels) {
      tunnel.closeIn(afterMs);
      afterMs += step;
    }
  }

  /** Takes no new requests; connections close as their requests end, WebSockets soon. */
  remove(): void {
    this.removed = true;
    this.closeTunnels(TUNNEL_GRACE_MS);
    // Closing an idle or a busy pool cannot fail; requests under way go on to their end.
    void this.pool.close();
  }
}

/** What decides whether an endpoint that failed is left out. */
export interface Trial {
  readonly eject: NonNullable<GatewayRoute['eject']>;
  /** All endpoints of its part, itself included. */
  readonly siblings: readonly Upstream[];
  readonly nowMs: number;
}

/** Half of a part's endpoints may be left out at most, and never the last. */
function maySpareOne(siblings: readonly Upstream[], nowMs: number): boolean {
  const ejected = siblings.filter((sibling) => sibling.isEjected(nowMs)).length;
  return ejected + 1 <= siblings.length / 2;
}

/** How undici tells that a connection was closed before any answer. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** True when a request whose kept connection failed so may be dispatched afresh: it changes nothing, read or not. */
export function deservesFreshConnection(method: string, code: string | undefined): boolean {
  return (method === 'GET' || method === 'HEAD') && CLOSED.has(code ?? '');
}
