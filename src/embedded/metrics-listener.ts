import { createServer, type Server, type ServerResponse } from 'node:http';
import { LOOPBACK_NAMES } from '../api/access/site.ts';
import type { GatewayClient } from '../gateway/client.ts';
import type { InstanceView } from '../supervisor/settings.ts';
import { EXPOSITION_TYPE, textOf, type Family } from '../telemetry/metrics.ts';
import { listenOnLoopback } from '../system/loopback.ts';
import { deadlineIn } from '../system/waiting.ts';

/** What a scraper is told. */
export interface Scraped {
  readonly gateway: Pick<GatewayClient, 'metrics'>;
  /** What the control process knows itself. */
  readonly families: () => readonly Family[];
  /** The processes of every Rollout. */
  readonly processes: () => Promise<readonly RolloutProcess[]>;
}

/** A process, and whose it is. */
export interface RolloutProcess extends Pick<InstanceView, 'id' | 'revision' | 'port'> {
  readonly rollout: string;
}

/**
 * Serves Prometheus on a loopback port, since a scraper cannot use the socket: `/metrics`, what the control process knows and what the gateway has counted;
 * `/targets`, where the processes of every Rollout listen, as `http_sd_configs` reads it. Throws Failure `portTaken`.
 */
export async function listenForScrapes(scraped: Scraped, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    // A page anywhere may be called by a name that its owner says is this machine (DNS rebinding).
    if (!isCalledLoopback(request.headers.host ?? '')) {
      response.writeHead(403).end('this is asked as 127.0.0.1 or localhost\n');
      return;
    }
    const answer = request.method === 'GET' ? ANSWERS[request.url?.split('?')[0] ?? ''] : undefined;
    if (answer === undefined) {
      response.writeHead(404).end('only GET /metrics and GET /targets are served here\n');
      return;
    }
    answer(scraped, response).catch(() => response.writeHead(503).end('this cannot be told now\n'));
  });
  await listenOnLoopback(server, port, { what: 'metrics', option: '--metrics-port' });
  return server;
}

function isCalledLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host.toLowerCase().replace(/:\d{1,5}$/, ''));
}

type Answer = (scraped: Scraped, response: ServerResponse) => Promise<void>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/metrics': async ({ gateway, families }, response) => {
    // What is known here is told although the gateway is silent, which is told as well.
    const counted = await gateway.metrics(deadlineIn(5_000)).catch(() => undefined);
    const text = textOf([...families(), gatewayFamily(counted !== undefined)]);
    response.writeHead(200, { 'content-type': EXPOSITION_TYPE }).end(text + (counted ?? ''));
  },
  '/targets': async ({ processes }, response) => {
    const groups = (await processes()).flatMap(targetGroup);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(groups));
  },
};

function gatewayFamily(isUp: boolean): Family {
  const samples = [{ labels: {}, value: isUp ? 1 : 0 }];
  return { name: 'coalmine_gateway_up', type: 'gauge', help: '1 while the gateway answers.', samples };
}

/** One process with the labels of its series. A track is none of them: it changes while the process stays. */
function targetGroup({ rollout, revision, id, port }: RolloutProcess) {
  if (port === undefined) return [];
  return [{ targets: [`127.0.0.1:${port}`], labels: { rollout, revision, instance: id } }];
}
