import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GateAnswer } from '../engine/gates/answer.ts';
import type { RevisionId } from '../rollout/model.ts';
import { localSecrets } from '../system/secret.ts';
import { callWebhook } from './webhook.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;

interface Sent {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let sent: Sent[];
let statuses: number[];

beforeEach(async () => {
  process.env['TEST_SIGNING_KEY'] = SECRET;
  [sent, statuses] = [[], []];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      sent.push({ headers: request.headers, body });
      response.writeHead(statuses[sent.length - 1] ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  delete process.env['TEST_SIGNING_KEY'];
  server.closeAllConnections();
  server.close();
});

async function call(sign: { readonly env: string }): Promise<GateAnswer | undefined> {
  const { port } = server.address() as AddressInfo;
  const ended = new AbortController();
  let last: GateAnswer | undefined;
  await callWebhook({
    rollout: 'shop',
    errand: {
      key: 'shop-2-abc-0-1-db.migrate',
      kind: 'hook',
      name: 'db.migrate',
      release: 2,
      revision: 'r1-bbbbbbbbbbbb' as RevisionId,
      at: 'canary 5%',
    },
    webhook: { url: `http://127.0.0.1:${port}/`, headers: {}, sign },
    secretAt: localSecrets(process.env),
    onAnswer: (answer) => {
      last = answer;
      if (answer.why.startsWith('could not')) ended.abort();
    },
    signal: ended.signal,
  });
  return last;
}

const headersOf = ({ headers }: Sent): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

it('every attempt is signed so that the official library takes it, under one id and one idempotency key', async () => {
  statuses = [503, 500, 204];
  expect(await call({ env: 'TEST_SIGNING_KEY' })).toMatchObject({ kind: 'yes' });
  expect(sent).toHaveLength(3);
  for (const one of sent)
    expect(new Webhook(SECRET).verify(one.body, headersOf(one))).toMatchObject({ hook: 'db.migrate' });
  const of = (name: string) => new Set(sent.map(({ headers }) => headers[name]));
  expect([...of('webhook-id')]).toEqual(['shop-2-abc-0-1-db~migrate']);
  expect([...of('idempotency-key')]).toEqual(['shop-2-abc-0-1-db.migrate']);
});

it('another key, another body, another id and another time are refused by it', async () => {
  await call({ env: 'TEST_SIGNING_KEY' });
  const [one] = sent;
  if (one === undefined) throw new Error('nothing was sent');
  const headers = headersOf(one);
  const verify = (secret: string, body: string, changed: Record<string, string>) => () =>
    new Webhook(secret).verify(body, { ...headers, ...changed });
  expect(verify(SECRET, one.body, {})).not.toThrow();
  expect(verify(`whsec_${randomBytes(32).toString('base64')}`, one.body, {})).toThrow('signature');
  expect(verify(SECRET, one.body.replace('shop', 'web'), {})).toThrow('signature');
  expect(verify(SECRET, one.body, { 'webhook-id': 'shop-3' })).toThrow('signature');
  const longAgo = String(Number(headers['webhook-timestamp']) - 301);
  expect(verify(SECRET, one.body, { 'webhook-timestamp': longAgo })).toThrow('timestamp');
});

it.each([
  ['', 'there should be a secret'],
  ['whsec_c2hvcnQ=', 'holds no key to sign with'],
  ['not base64 at all, however long it may be', 'holds no key to sign with'],
])('nothing is sent with the key %j', async (key, words) => {
  process.env['TEST_SIGNING_KEY'] = key;
  expect((await call({ env: 'TEST_SIGNING_KEY' }))?.why).toContain(words);
  expect(sent).toEqual([]);
});
