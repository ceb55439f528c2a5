import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ClusterAccess } from '../../src/kube/access.ts';

/** What goes wrong with a request. */
export type Fault =
  /** It is answered with this, and does not reach the API server. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly reason?: string;
      readonly retryAfter?: number;
    }
  /** Its connection ends before it reaches the API server. */
  | { readonly kind: 'cutBefore' }
  /** It reaches the API server, but the connection ends before the answer comes. */
  | { readonly kind: 'cutAfter' }
  /** It is never answered. */
  | { readonly kind: 'hang' }
  /** A watch begins, and says at once that what it begins with is not known any more. */
  | { readonly kind: 'expired' };

interface Planned {
  readonly fault: Fault;
  readonly matches: (request: Passed) => boolean;
  left: number;
}

/** A request that came to the proxy. */
export interface Passed {
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

/** Stands in front of an API server, speaks plain HTTP, and does what is wrong with networks and servers. */
export class FaultProxy {
  /** All requests that came, also those that did not get on. */
  readonly requests: Passed[] = [];
  /** Those that whoever asks may not make. */
  readonly forbidden: Passed[] = [];
  readonly #target: ClusterAccess;
  readonly #server: Server;
  readonly #agent: Agent;
  readonly #planned: Planned[] = [];
  readonly #watches = new Set<{ readonly answer: ServerResponse; readonly upstream: IncomingMessage }>();
  #isDown = false;

  private constructor(target: ClusterAccess) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: true, ...(target.ca === undefined ? {} : { ca: target.ca }) });
    this.#server = createServer((incoming, answer) => {
      this.#take(incoming, answer);
    });
  }

  /** Starts a proxy before the API server that is reached so. */
  static async start(target: ClusterAccess): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** How the API server is reached through the proxy. */
  get access(): ClusterAccess {
    const { namespace, credentials } = this.#target;
    const { port } = this.#server.address() as AddressInfo;
    return { server: `http://127.0.0.1:${port}`, namespace, credentials };
  }

  /** How many watches are open. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Lets this happen to the next so many requests that match. */
  plan(fault: Fault, matches: (request: Passed) => boolean = () => true, times = 1): void {
    this.#planned.push({ fault, matches, left: times });
  }

  /** Ends the connections of all watches. */
  cutWatches(): void {
    for (const { answer } of this.#watches) answer.destroy();
  }

  /** Lets nothing of the watches that are open through any more, but leaves their connections as they are. */
  freezeWatches(): void {
    for (const { answer, upstream } of this.#watches) {
      upstream.unpipe(answer);
      upstream.resume();
    }
  }

  /** Cuts all connections from now on, as when nobody is there; or lets them through again. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown;
    if (isDown) this.#server.closeAllConnections();
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(incoming: IncomingMessage, answer: ServerResponse): void {
    const asked = { method: incoming.method ?? '', path: incoming.url ?? '' };
    this.requests.push(asked);
    const planned = this.#planned.find(({ left, matches }) => left > 0 && matches(asked));
    if (planned !== undefined) planned.left -= 1;
    const fault: Fault | undefined = this.#isDown ? { kind: 'cutBefore' } : planned?.fault;
    if (fault === undefined || fault.kind === 'cutAfter')
      this.#pass({ incoming, answer, isCut: fault !== undefined });
    else misbehave(fault, answer);
  }

  #pass(of: {
    readonly incoming: IncomingMessage;
    readonly answer: ServerResponse;
    readonly isCut: boolean;
  }): void {
    const { incoming, answer, isCut } = of;
    const { method, headers, url } = incoming;
    const { host: _, connection: __, ...rest } = headers;
    const target = `${this.#target.server}${url ?? ''}`;
    const outgoing = request(target, { method, headers: rest, agent: this.#agent }, (upstream) => {
      upstream.on('error', () => answer.destroy());
      if (upstream.statusCode === 403) this.forbidden.push({ method: method ?? '', path: url ?? '' });
      if (isCut) {
        upstream.resume().once('end', () => answer.destroy());
        return;
      }
      answer.writeHead(upstream.statusCode ?? 502, upstream.headers);
      answer.flushHeaders();
      upstream.pipe(answer);
      if (/[?&]watch=true/.test(url ?? '')) this.#remember(answer, upstream);
    });
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  #remember(answer: ServerResponse, upstream: IncomingMessage): void {
    const watch = { answer, upstream };
    this.#watches.add(watch);
    answer.once('close', () => this.#watches.delete(watch));
  }
}

function misbehave(fault: Exclude<Fault, { kind: 'cutAfter' }>, answer: ServerResponse): void {
  switch (fault.kind) {
    case 'hang':
      return;
    case 'cutBefore':
      answer.destroy();
      return;
    case 'expired': {
      const object = statusText(410, 'Expired');
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.end(`{"type":"ERROR","object":${object}}\n`);
      return;
    }
    case 'status': {
      const { status, reason, retryAfter } = fault;
      const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      answer.writeHead(status, { 'content-type': 'application/json', ...wait });
      answer.end(statusText(status, reason));
      return;
    }
  }
}

function statusText(code: number, reason?: string): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'planned',
    reason,
    code,
  });
}
