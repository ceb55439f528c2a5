import { callerOnSocket } from './access/admission.ts';
import type { Access } from './access/caller.ts';
import type { Reach } from './access/reach.ts';
import type { AppOptions } from './app.ts';
import type { AuditLog } from './auditing.ts';
import { claimControl, controlSocketPath } from './control-socket.ts';
import { closed, httpServer } from './http-server.ts';
import { CALLER_RATE, RateLimit, type Rate } from './rate-limit.ts';
import type { OnBug } from './problem.ts';
import type { Repeats } from './repeats.ts';
import { StreamLimit } from './stream-limit.ts';
import { listenOverTcp } from './tcp-listener.ts';

const HEARTBEAT_MS = 15_000;
/** Of the connections that there are in all, so that one caller shuts nobody out. */
const STREAMS_OF_ONE = 1_024;

/** What the server needs. */
export interface ApiServerOptions extends Pick<AppOptions, 'onAnswer'> {
  readonly dataDir: string;
  readonly access: Access;
  readonly onBug: OnBug;
  /** The OpenAPI document, as text; absent: it is not served. */
  readonly openApi?: () => Promise<string>;
  /** The directory of the built dashboard, which is served over TCP; absent: it is not. */
  readonly dashboard?: string;
  /** A port to answer on too, for who has a token; 0: any that is free; absent: none. */
  readonly port?: number;
  /** Who gets to that port, and how; absent: this machine alone. */
  readonly reach?: Reach;
  /** Told of what is wrong while it serves all the same. */
  readonly tell?: (problem: string) => void;
  readonly heartbeatMs?: number;
  /** How fast one caller may ask over TCP. */
  readonly rate?: Rate;
  /** Keeps what requests with an `Idempotency-Key` were answered; absent: keys change nothing. */
  readonly repeats?: Repeats;
  /** Keeps who asked for what; absent: nobody does. */
  readonly audit?: AuditLog;
}

/** A server that answers. */
export interface ApiServer {
  readonly socketPath: string;
  /** Where it answers over TCP, as a URL. */
  readonly url?: string;
  /** The certificate that it shows, in PEM; undefined: none. */
  certificate(): string | undefined;
  /** What is wrong while it serves all the same. */
  problems(): readonly string[];
  /** Stops listening; cuts what is still under way after a second. */
  close(): Promise<void>;
}

/**
 * Serves the API on `<dataDir>/control.sock` and, when it is asked to, on a port. Throws Failure `alreadyRunning` when
 * another process has the socket, `portTaken` when one has the port, `usage` for a port that would not be safe.
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const {
    dataDir,
    dashboard,
    port,
    reach = {},
    tell = () => undefined,
    rate = CALLER_RATE,
    ...more
  } = options;
  const common = { heartbeatMs: HEARTBEAT_MS, ...more };
  const socketPath = controlSocketPath(dataDir);
  const atSocket = httpServer({ ...common, callerOf: callerOnSocket, screen: () => undefined });
  const removeName = await claimControl(socketPath, atSocket);
  const close = async (): Promise<void> => {
    removeName();
    await closed(atSocket);
  };
  if (port === undefined) return { socketPath, certificate: () => undefined, problems: () => [], close };
  try {
    const limit = new RateLimit(rate, () => performance.now());
    const pages =
      dashboard === undefined ? {} : { dashboard: { directory: dashboard, servedBy: 'machine' as const } };
    const streams = new StreamLimit(STREAMS_OF_ONE);
    const overTcp = await listenOverTcp({ ...common, ...pages, port, reach, tell, limit, streams });
    return {
      socketPath,
      url: overTcp.url,
      certificate: () => overTcp.certificate(),
      problems: () => overTcp.problems(),
      close: async () => {
        await Promise.all([close(), overTcp.close()]);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
