import type { Duplex } from 'node:stream';
import type { ClientRequest, ClientResponse } from './client-side.ts';
import type { Original } from '../mirror/original.ts';
import type { KeptBody } from './kept-body.ts';
import type { RequestHead } from './request-head.ts';
import type { LivePath } from '../routing/live-path.ts';
import type { LivePart, LiveRoute } from '../routing/route-table.ts';
import type { Upstream } from '../routing/upstream.ts';

/** One request that has a route. */
export interface Asked {
  readonly req: ClientRequest;
  readonly res: ClientResponse;
  readonly head: RequestHead;
  readonly route: LiveRoute;
  /** When the request's head had arrived, on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** The workload is told the same, in X-Request-Id and traceparent. */
  readonly requestId: string;
  readonly traceparent: string | undefined;
  /** Set for the handshake of a WebSocket. */
  readonly webSocket?: WebSocketRequest;
}

/** One request on its way to a workload. */
export interface Job extends Asked {
  /** The part that should serve it. */
  readonly part: LivePart;
  /** True when weight alone has drawn the part: for a new user, or, where users are not kept, for every request. */
  readonly isDrawn: boolean;
  /** True when its part gets it for what it says, whatever the weights. */
  readonly isMatched: boolean;
  /** Of the façade that the request came by. */
  readonly path?: LivePath;
  /** The hash of the user's id, where users are kept on a track. */
  readonly user: number | undefined;
  /** For the workload. */
  readonly headers: string[];
  /** Added to the answer: name, value, … */
  readonly extraHeaders: readonly string[];
  readonly random: () => number;
  readonly limits: ExchangeLimits;
  /** Set when the request is to be copied. */
  readonly original?: Original | undefined;
  /** Its body, where that is kept for an old system to get as well; only of requests that change nothing. */
  readonly kept?: KeptBody | undefined;
  /** Set when the request was sent before, and failed. */
  readonly earlier?: EarlierAttempts;
}

/** What became of a request so far that is sent again. */
export interface EarlierAttempts {
  readonly count: number;
  /** Where it failed last: others come first. */
  readonly failed: Upstream | undefined;
  /** True when there is nobody else, as far as is known: it waits a moment. */
  readonly pause: boolean;
}

/** How patient an exchange is. */
export interface ExchangeLimits {
  /** How long a client may neither send nor take anything in the middle of a body. */
  readonly bodyIdleMs: number;
  /** How long nothing may come through an open WebSocket. */
  readonly webSocketIdleMs: number;
}

/** What the handshake of a WebSocket brings beside its head. */
export interface WebSocketRequest {
  readonly key: string;
  /** Hands over the connection, with what the client has sent behind the handshake already. */
  readonly take: () => Duplex;
}
