import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  eventually,
  named,
  proxyFixture,
  route,
  send,
  sendRaw,
  type StartedProxy,
} from '../../../test/proxy.ts';
import { handshake } from '../../../test/websocket.ts';
import { digestOfPass, type Maintenance } from '../../engine/maintenance.ts';
import type { GatewayRoute } from '../protocol.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

interface Closed extends Omit<StartedProxy, 'close'> {
  readonly bodies: string[];
  readonly close: (maintenance?: Partial<Maintenance>) => void;
  readonly open: () => void;
}

/** A Rollout that can be closed and opened; what its process was sent is kept. */
async function shop(more: Partial<GatewayRoute> = {}): Promise<Closed> {
  const bodies: string[] = [];
  const { endpoint } = await upstream((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += String(chunk)));
    req.on('end', () => {
      bodies.push(body);
      res.end('served');
    });
  });
  const open = route([endpoint], more);
  const started = await proxy([open]);
  return {
    ...started,
    bodies,
    open: () => {
      started.serve([open]);
    },
    close: (maintenance = {}) => {
      started.serve([{ ...open, maintenance: { since: 0, retryAfterMs: 90_500, ...maintenance } }]);
    },
  };
}

describe('a Rollout in maintenance', () => {
  it('answers with 503 and when to come back, counts nothing, and serves again once it is open', async () => {
    const gateway = await shop();
    gateway.close({ message: 'we are moving' });
    const { status, headers, body } = await send(gateway.port);
    expect([status, body]).toEqual([503, '503 we are moving\n']);
    expect(headers).toMatchObject({ 'retry-after': '91', 'cache-control': 'no-store', vary: 'Accept' });
    expect(headers['x-request-id']).toBeDefined();
    expect(gateway.counted()).toEqual([]);
    gateway.open();
    expect((await send(gateway.port)).body).toBe('served');
  });

  it('speaks HTML to browsers, with the page or an escaped message, and JSON to programs', async () => {
    const gateway = await shop();
    const asked = (accept: string) => send(gateway.port, { headers: { accept } });
    gateway.close({ message: '<b>soon</b> & well' });
    const html = await asked('text/html,application/xhtml+xml,*/*;q=0.8');
    expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html.body).toContain('<p>&lt;b&gt;soon&lt;/b&gt; &amp; well</p>');
    const json = await asked('application/json');
    expect(JSON.parse(json.body)).toEqual({
      status: 503,
      error: 'maintenance',
      message: '<b>soon</b> & well',
      retryAfterSeconds: 91,
    });
    gateway.close({ page: '<h1>our own</h1>' });
    expect((await asked('text/html')).body).toBe('<h1>our own</h1>');
    expect((await asked('*/*')).body).toBe('503 down for maintenance\n');
  });

  it('serves requests with the right value of the right field', async () => {
    const gateway = await shop();
    gateway.close({ allow: { header: 'x-inspector', digest: digestOfPass('s3cret') } });
    const asked = (headers: Record<string, string>) =>
      send(gateway.port, { headers }).then((one) => one.status);
    expect(await asked({ 'X-Inspector': 's3cret' })).toBe(200);
    expect(await asked({ 'X-Inspector': 's3cre' })).toBe(503);
    expect(await asked({ 'X-Inspector': digestOfPass('s3cret') })).toBe(503);
    expect(await asked({})).toBe(503);
  });

  it('answers a client that sends a body, on a connection that goes on', async () => {
    const gateway = await shop();
    gateway.close();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const post = () => send(gateway.port, { agent, method: 'POST', body: 'x'.repeat(100_000) });
    expect([(await post()).status, (await post()).status]).toEqual([503, 503]);
    expect(gateway.bodies).toEqual([]);
    agent.destroy();
  });

  it('opens no WebSocket', async () => {
    const gateway = await shop();
    gateway.close();
    expect(await sendRaw(gateway.port, handshake())).toMatch(/^HTTP\/1.1 503 /);
  });

  it('closes old systems too', async () => {
    const old = await upstream(named('old'));
    const { host, port } = old.endpoint;
    const gateway = await shop({ paths: [{ path: '/', to: { kind: 'legacy', legacy: { host, port } } }] });
    expect((await send(gateway.port)).body).toBe('old');
    gateway.close();
    expect((await send(gateway.port)).status).toBe(503);
  });

  it('lets no other Rollout be closed', async () => {
    const other = await upstream(named('other'));
    const mine = await upstream(named('mine'));
    const maintenance = { since: 0, retryAfterMs: 1_000 };
    const gateway = await proxy([
      route([mine.endpoint], { maintenance }),
      route([other.endpoint], { rollout: 'other', path: '/other' }),
    ]);
    expect((await send(gateway.port, { path: '/other' })).body).toBe('other');
    expect((await send(gateway.port)).status).toBe(503);
  });
});

describe('a Rollout that lets requests wait', () => {
  it('serves them all once it is open, with their bodies', async () => {
    const gateway = await shop();
    gateway.close({ holdMs: 60_000 });
    const waiting = Array.from({ length: 50 }, (_, i) =>
      send(gateway.port, { method: 'POST', body: `order ${i}` }),
    );
    await eventually(() => gateway.connections() === 50, 'all have come');
    expect(gateway.bodies).toEqual([]);
    gateway.open();
    expect((await Promise.all(waiting)).map(({ body }) => body)).toEqual(Array(50).fill('served'));
    expect([...gateway.bodies].sort()).toEqual(Array.from({ length: 50 }, (_, i) => `order ${i}`).sort());
    expect(gateway.counted()).toMatchObject([{ requests: 50, errors: 0 }]);
  });

  it('does not count the wait as time that an answer took', async () => {
    const gateway = await shop();
    gateway.close({ holdMs: 60_000 });
    const waiting = send(gateway.port);
    await eventually(() => gateway.connections() === 1, 'it has come');
    const sinceMs = performance.now();
    await eventually(() => performance.now() - sinceMs > 1_000, 'it has waited');
    const waitedMs = performance.now() - sinceMs;
    gateway.open();
    await waiting;
    expect(gateway.counted()[0]?.latencySumMs).toBeLessThan(waitedMs);
  });

  it('tells those that it is in maintenance who have waited long enough', async () => {
    const gateway = await shop();
    gateway.close({ holdMs: 50 });
    expect((await send(gateway.port)).status).toBe(503);
  });

  it('goes on letting them wait when only what it says changes', async () => {
    const gateway = await shop();
    gateway.close({ holdMs: 60_000 });
    const waiting = send(gateway.port);
    await eventually(() => gateway.connections() === 1, 'it has come');
    gateway.close({ holdMs: 60_000, message: 'a little longer' });
    gateway.open();
    expect((await waiting).body).toBe('served');
  });

  it('lets a thousand wait and no more, and forgets those who go', async () => {
    const gateway = await shop();
    gateway.close({ holdMs: 60_000 });
    const agents = Array.from({ length: 1_000 }, () => new Agent());
    const waiting = agents.map((agent) => send(gateway.port, { agent }).catch(() => undefined));
    await eventually(() => gateway.connections() === 1_000, 'a thousand have come');
    await eventually(async () => (await send(gateway.port)).status === 503, 'one more is too many', 20_000);
    for (const agent of agents.slice(0, 500)) agent.destroy();
    await eventually(() => gateway.connections() <= 500, 'half of them go');
    const late = send(gateway.port);
    await eventually(() => gateway.connections() > 500, 'another has come');
    gateway.open();
    expect((await late).body).toBe('served');
    const answers = await Promise.all(waiting);
    expect(answers.filter((one) => one?.body === 'served')).toHaveLength(500);
    expect(gateway.bodies).toHaveLength(501);
  });

  it('hurries when its gateway is about to end', async () => {
    const gateway = await shop();
    gateway.close({ holdMs: 600_000 });
    const waiting = send(gateway.port);
    await eventually(() => gateway.connections() === 1, 'it has come');
    gateway.table.waitingRoom.hurry(20);
    expect((await waiting).status).toBe(503);
    expect((await send(gateway.port)).status).toBe(503);
  });
});
