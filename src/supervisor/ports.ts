import { createServer } from 'node:net';

const REMEMBERED_MS = 60_000;
const ATTEMPTS = 50;

/** Hands out free TCP ports of 127.0.0.1. */
export interface PortSource {
  /** A port nobody listens on and that was not handed out within the last minute. */
  next(): Promise<number>;
}

/**
 * The machine picks; what was handed out lately is passed over, since a process just started may not listen yet.
 * Between the answer and the process's own bind someone else may still take the port: the process then fails,
 * and its next start gets another one.
 */
export function localPorts(): PortSource {
  const handedOut = new Map<number, number>();
  return {
    async next() {
      const now = performance.now();
      for (const [port, at] of handedOut) if (now - at > REMEMBERED_MS) handedOut.delete(port);
      let port = await freePort();
      for (let attempt = 1; handedOut.has(port) && attempt < ATTEMPTS; attempt += 1) port = await freePort();
      handedOut.set(port, now);
      return port;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
