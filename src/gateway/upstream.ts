import { Client, Pool, type Dispatcher } from 'undici';
import type { Endpoint } from './protocol.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RESPONSE_HEADER_BYTES = 64 * 1024;
/** After nobody answered at an endpoint, others are tried first for this long. */
const SUSPECT_MS = 1_000;

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

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options);
    this.on('connect', () => (this.#carried = 0));
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (isPassenger(handler)) handler.via(this);
    return super.dispatch(options, handler);
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
  #suspectUntil = 0;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
    this.#origin = `http://${host}:${endpoint.port}`;
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

  isSuspect(nowMs: number): boolean {
    return this.#suspectUntil > nowMs;
  }

  /** Takes no new requests; connections close as their requests end. */
  remove(): void {
    this.removed = true;
    // Closing an idle or a busy pool cannot fail; requests under way go on to their end.
    void this.pool.close();
  }
}

/** Which endpoints may be chosen. */
export interface Choice {
  /** Milliseconds on the clock of `suspect`. */
  readonly nowMs: number;
  /** True: also those where nobody answered a moment ago. */
  readonly suspects: boolean;
  /** Those this request has tried already. */
  readonly tried: ReadonlySet<Upstream> | undefined;
}

/** Of two endpoints drawn at random the less busy one; undefined when none may be chosen. */
export function chooseUpstream(
  upstreams: readonly Upstream[],
  random: () => number,
  choice: Choice,
): Upstream | undefined {
  const one = draw(upstreams, random, choice);
  if (one === undefined || upstreams.length === 1) return one;
  const other = draw(upstreams, random, choice);
  return other !== undefined && other.inflight < one.inflight ? other : one;
}

/** The first that may be chosen from a random place on. */
function draw(upstreams: readonly Upstream[], random: () => number, choice: Choice): Upstream | undefined {
  const start = Math.floor(random() * upstreams.length);
  for (let i = 0; i < upstreams.length; i += 1) {
    const upstream = upstreams[(start + i) % upstreams.length];
    if (upstream !== undefined && isEligible(upstream, choice)) return upstream;
  }
  return undefined;
}

function isEligible(upstream: Upstream, choice: Choice): boolean {
  if (upstream.removed || choice.tried?.has(upstream) === true) return false;
  return choice.suspects || !upstream.isSuspect(choice.nowMs);
}
