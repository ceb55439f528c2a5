import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SourceSettings } from '../rollout/model.ts';
import { localSecrets } from '../system/secret.ts';
import { SourcePool } from './source-pool.ts';

const signal = new AbortController().signal;
const TOKEN = 'token-nobody-may-see';
let server: Server;
let pool: SourcePool;
let heard: IncomingMessage[];

beforeEach(async () => {
  heard = [];
  server = createServer((request, response) => {
    heard.push(request);
    response.writeHead(401, { 'content-type': 'text/plain' }).end(`wrong: ${TOKEN}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  pool = new SourcePool({ secretAt: localSecrets({ PROM_TOKEN: TOKEN }) });
});

afterEach(async () => {
  await pool.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function settings(more: Partial<SourceSettings> = {}): SourceSettings {
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { kind: 'prometheus', name: 'prom', address, timeoutMs: 2_000, ...more };
}

test('equal settings are one source, others another', () => {
  const source = pool.source(settings());
  expect(pool.source({ ...settings() })).toBe(source);
  expect(pool.source(settings({ timeoutMs: 3_000 }))).not.toBe(source);
  expect(pool.source(settings({ auth: { bearer: { env: 'PROM_TOKEN' } } }))).not.toBe(source);
});

test('a source that was closed is opened anew', async () => {
  const source = pool.source(settings());
  await pool.close();
  expect(pool.source(settings())).not.toBe(source);
});

test.each<[string, SourceSettings['auth'], string]>([
  ['a token', { bearer: { env: 'PROM_TOKEN' } }, `Bearer ${TOKEN}`],
  [
    'a password',
    { basic: { user: 'me', password: { env: 'PROM_TOKEN' } } },
    `Basic ${Buffer.from(`me:${TOKEN}`).toString('base64')}`,
  ],
])('%s is sent and never told', async (_, auth, header) => {
  const [answer] = await pool
    .source(settings({ auth: auth ?? { bearer: { env: '' } } }))
    .instant(['up'], signal);
  expect(heard[0]?.headers.authorization).toBe(header);
  expect(answer?.kind).toBe('failed');
  expect(JSON.stringify(answer)).not.toContain(TOKEN);
});

test('a secret that is not there is said to be missing, where it should be', async () => {
  const source = pool.source(settings({ auth: { bearer: { env: 'OTHER_TOKEN' } } }));
  expect(await source.instant(['up'], signal)).toMatchObject([
    { kind: 'failed', reason: expect.stringContaining('the variable OTHER_TOKEN is empty') as string },
  ]);
  expect(heard).toEqual([]);
});
