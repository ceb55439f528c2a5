import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Failure } from '../base/failure.ts';
import { VERSION } from '../base/version.ts';
import { lifetimeOf } from '../system/certificate-lifetime.ts';
import { certificateFamilies } from '../telemetry/certificate-families.ts';
import { EXPOSITION_TYPE, processFamilies, textOf, type Family } from '../telemetry/metrics.ts';

/** What is told about the operator. */
export interface Health {
  /** True once it looks after everything, or stands by for the one that does. */
  readonly isReady: () => boolean;
  readonly isLeading: () => boolean;
  /** What is told of releases; nothing while it stands by. */
  readonly releases: () => readonly Family[];
  /** The certificates that are shown to clients, in PEM, by the server that shows them. */
  readonly certificates: () => ReadonlyMap<'api' | 'webhook', string>;
  /** Requests to the API server so far, by verb. */
  readonly requests: () => ReadonlyMap<string, number>;
}

/** Where it listens. */
export interface HealthAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Answers `/healthz`, `/readyz` and `/metrics`. Answers where it listens. */
export async function serveHealth(
  health: Health,
  { host, port }: HealthAddress,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    answer(request, response, health);
  });
  server.requestTimeout = 10_000;
  await listening(server, { host, port });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function listening(server: Server, { host, port }: HealthAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') reject(cause);
      const hint = 'choose another with --health-port, or 0 for any that is free';
      reject(new Failure('portTaken', `port ${port} of ${host} is taken`, { hint, cause }));
    });
    server.listen({ host, port }, resolve);
  });
}

function answer({ url }: IncomingMessage, response: ServerResponse, health: Health): void {
  const [path = ''] = (url ?? '').split('?');
  const { status, text } = ANSWERS[path]?.(health) ?? UNKNOWN;
  response.writeHead(status, { 'content-type': EXPOSITION_TYPE });
  response.end(text);
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const FINE: Answer = { status: 200, text: 'ok\n' };
const BLIND: Answer = { status: 503, text: 'not everything is in sight yet\n' };
const UNKNOWN: Answer = { status: 404, text: 'there are /healthz, /readyz and /metrics\n' };

const ANSWERS: Readonly<Record<string, (health: Health) => Answer>> = {
  '/healthz': () => FINE,
  '/readyz': ({ isReady }) => (isReady() ? FINE : BLIND),
  '/metrics': (health) => ({ status: 200, text: exposition(health) }),
};

/** What Prometheus scrapes. */
function exposition({ isLeading, releases, certificates, requests }: Health): string {
  return textOf([
    {
      name: 'coalmine_operator_leading',
      type: 'gauge',
      help: '1 for the operator that works, 0 for one that stands by.',
      samples: [{ labels: {}, value: isLeading() ? 1 : 0 }],
    },
    ...releases(),
    {
      name: 'coalmine_kubernetes_requests_total',
      type: 'counter',
      help: 'Requests to the API server, by verb.',
      samples: [...requests()].map(([verb, value]) => ({ labels: { verb }, value })),
    },
    ...SERVERS.flatMap((server) => familiesOf(server, certificates().get(server))),
    ...processFamilies(VERSION),
  ]);
}

const SERVERS = ['api', 'webhook'] as const;

function familiesOf(server: 'api' | 'webhook', cert: string | undefined): readonly Family[] {
  return certificateFamilies(server, cert === undefined ? [] : [{ labels: {}, ...lifetimeOf(cert) }]);
}
