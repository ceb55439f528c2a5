import { createServer, type Server, type ServerResponse } from 'node:http';
import { Failure } from '../base/failure.ts';
import type { GatewayClient } from '../gateway/client.ts';
import type { InstanceView } from '../supervisor/settings.ts';
import { deadlineIn } from '../system/waiting.ts';

/** What a scraper is told. */
export interface Scraped {
  readonly gateway: Pick<GatewayClient, 'metrics'>;
  /** The processes of every Rollout. */
  readonly processes: () => Promise<readonly RolloutProcess[]>;
}

/** A process, and whose it is. */
export interface RolloutProcess extends Pick<InstanceView, 'id' | 'revision' | 'port'> {
  readonly rollout: string;
}

/**
 * Serves Prometheus on a loopback port, since a scraper cannot use the socket: `/metrics`, what the gateway has counted;
 * `/targets`, where the processes of every Rollout listen, as `http_sd_configs` reads it. Throws Failure `portTaken`.
 */
export function listenForScrapes(scraped: Scraped, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = request.method === 'GET' ? ANSWERS[request.url?.split('?')[0] ?? ''] : undefined;
    if (answer === undefined) {
      response.writeHead(404).end('only GET /metrics and GET /targets are served here\n');
      return;
    }
    answer(scraped, response).catch(() => response.writeHead(503).end('this cannot be told now\n'));
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new Failure('portTaken', `127.0.0.1:${port} for metrics is not free`, {
          hint: 'choose another with --metrics-port',
          cause,
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

type Answer = (scraped: Scraped, response: ServerResponse) => Promise<void>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/metrics': async ({ gateway }, response) => {
    const text = await gateway.metrics(deadlineIn(5_000));
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
  },
  '/targets': async ({ processes }, response) => {
    const groups = (await processes()).flatMap(targetGroup);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(groups));
  },
};

/** One process with the labels of its series. A track is none of them: it changes while the process stays. */
function targetGroup({ rollout, revision, id, port }: RolloutProcess) {
  if (port === undefined) return [];
  return [{ targets: [`127.0.0.1:${port}`], labels: { rollout, revision, instance: id } }];
}
