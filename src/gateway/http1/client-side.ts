import type { IncomingHttpHeaders } from 'node:http';

/** What the gateway needs of a client's request, in any version of HTTP. Node's own of HTTP/1.1 has it. */
export interface ClientRequest {
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** True once all of it has come. */
  readonly complete: boolean;
  readonly socket: ClientSocket;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  once(event: 'end' | 'close', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'end' | 'close', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
}

/** What a request came over. */
export interface ClientSocket {
  readonly remoteAddress?: string | undefined;
  /** Ends it at once: the connection, or where many requests share one, what belongs to this request. */
  destroy(): unknown;
}

/** The answer to it, in the making. */
export interface ClientResponse {
  readonly req: ClientRequest;
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  /** Set to false: the connection ends with this answer, where it is one for each answer. */
  shouldKeepAlive: boolean;
  /** Fields as name, value, name, value, … */
  writeHead(status: number, headers: string[]): unknown;
  writeHead(status: number, reason: string, headers: string[]): unknown;
  flushHeaders(): void;
  writeContinue(): void;
  /** False when it should wait for `drain`. */
  write(chunk: Buffer | string): boolean;
  end(lastPiece?: string): unknown;
  on(event: 'close', listener: () => void): unknown;
  once(event: 'close' | 'drain' | 'finish', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}
