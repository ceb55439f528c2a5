import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { asks } from '../../test/api/asking.ts';
import { Failure } from '../base/failure.ts';
import type { RevisionId } from '../rollout/model.ts';
import { listenForScrapes, type RolloutProcess, type Scraped } from './metrics-listener.ts';

const revision = 'r1-a' as RevisionId;
const PROCESSES: readonly RolloutProcess[] = [
  { rollout: 'shop', revision, id: 'one', port: 4_001 },
  { rollout: 'mailer', revision, id: 'two', port: 4_002 },
  // It crashed, and waits for its next start.
  { rollout: 'mailer', revision, id: 'three' },
];
const WELL: Scraped = {
  gateway: { metrics: () => Promise.resolve('up 1\n') },
  families: () => [{ name: 'own', type: 'gauge', help: 'Own.', samples: [{ labels: {}, value: 7 }] }],
  processes: () => Promise.resolve(PROCESSES),
};
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(scraped: Scraped): Promise<(path: string, method?: string) => Promise<Response>> {
  const server = await listenForScrapes(scraped, 0);
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return (path, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
}

test('a scraper is told where processes listen, and whose they are', async () => {
  const ask = await listening(WELL);
  const response = await ask('/targets');
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toEqual([
    { targets: ['127.0.0.1:4001'], labels: { rollout: 'shop', revision, instance: 'one' } },
    { targets: ['127.0.0.1:4002'], labels: { rollout: 'mailer', revision, instance: 'two' } },
  ]);
});

test('a scraper gets what the control process knows and what the gateway has counted', async () => {
  const ask = await listening(WELL);
  const text = await (await ask('/metrics?x=1')).text();
  expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'own 7',
    'coalmine_gateway_up 1',
    'up 1',
    '',
  ]);
});

test.each([
  ['127.0.0.1:9464', 200],
  ['localhost:1', 200],
  ['[::1]:9464', 200],
  ['LOCALHOST', 200],
  ['evil.example:9464', 403],
  ['127.0.0.1.evil.example', 403],
])(
  'by the name %s, which somebody’s page may have made this machine’s, it answers %i',
  async (host, status) => {
    const server = await listenForScrapes(WELL, 0);
    servers.push(server);
    const { port } = server.address() as AddressInfo;
    for (const path of ['/metrics', '/targets'])
      expect((await asks(port, { path, headers: { host } })).status).toBe(status);
  },
);

test('nothing else is served', async () => {
  const ask = await listening(WELL);
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/targets', 'POST')).status).toBe(404);
});

test('what cannot be told now is said to be so', async () => {
  const no = (): Promise<never> => Promise.reject(new Error('no'));
  const ask = await listening({ ...WELL, gateway: { metrics: no }, processes: no });
  expect((await ask('/targets')).status).toBe(503);
  const metrics = await (await ask('/metrics')).text();
  expect(metrics).toContain('own 7\n');
  expect(metrics).toContain('coalmine_gateway_up 0\n');
});

test('a port that is taken is named', async () => {
  const server = await listenForScrapes(WELL, 0);
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  await expect(listenForScrapes(WELL, port)).rejects.toSatisfy(
    (cause) => cause instanceof Failure && cause.code === 'portTaken' && cause.message.includes(String(port)),
  );
});
