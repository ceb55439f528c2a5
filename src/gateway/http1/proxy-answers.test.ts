import { Agent, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { proxyFixture, readAll, send, sendRaw } from '../../../test/proxy.ts';

const { proxy, serving, closeAll } = proxyFixture();

afterEach(closeAll);

describe('what the client gets', () => {
  it('status, reason, repeated fields and body as the workload sent them', async () => {
    const { port } = await serving((_req, res) => {
      res.writeHead(418, 'Short and stout', {
        'set-cookie': ['a=1', 'b=2'],
        'x-a': '1',
        connection: 'x-hop',
        'x-hop': '1',
      });
      res.end('tea');
    });
    const answer = await send(port);
    expect(answer).toMatchObject({
      status: 418,
      body: 'tea',
      headers: { 'set-cookie': ['a=1', 'b=2'], 'x-a': '1' },
    });
    expect(answer.headers).not.toHaveProperty('x-hop');
  });

  it.each([
    ['letters beyond ASCII', 'Stra\u00dfe'],
    ['a control byte', 'a\u0001b'],
    ['an escape', 'a\u007fb'],
  ])('the usual reason where the workload gives one with %s', async (_, reason) => {
    const { port } = await serving((_req, res) => {
      res.socket?.end(Buffer.from(`HTTP/1.1 200 ${reason}\r\nContent-Length: 2\r\n\r\nok`, 'latin1'));
    });
    const answer = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*ok$/);
  });

  it.each([
    ['HEAD with a length', 'HEAD', 200, { 'content-length': '42' }],
    ['HEAD without a length', 'HEAD', 200, {}],
    ['204', 'GET', 204, {}],
    ['304 with a length', 'GET', 304, { 'content-length': '42' }],
  ])('no body for %s, and the connection goes on', async (...[, method, status, headers]) => {
    const { port } = await serving((req, res) => {
      if (req.url === '/next') res.end('next');
      else res.writeHead(status, headers).end();
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await send(port, { method, agent });
    const second = await send(port, { path: '/next', agent });
    agent.destroy();
    expect(first).toMatchObject({ status, body: '', headers });
    expect(second.body).toBe('next');
  });

  it('an answer in pieces to HTTP/1.0, ended by closing', async () => {
    const { port } = await serving((_req, res) => {
      res.write('a');
      res.end('b');
    });
    const answer = await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/\r\n\r\nab$/);
    expect(answer.toLowerCase()).not.toContain('chunked');
  });

  it('100 Continue before it sends a body it asked about', async () => {
    const { port } = await serving((req, res) => {
      void readAll(req).then((body) => res.end(`${body} ${String(req.headers.expect)}`));
    });
    const answer = await new Promise<string>((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port,
        method: 'POST',
        headers: { expect: '100-continue' },
      });
      outgoing.on('continue', () => outgoing.end('asked'));
      outgoing.on('response', (res) => {
        readAll(res).then(resolve, reject);
      });
      outgoing.on('error', reject);
      outgoing.flushHeaders();
    });
    expect(answer).toBe('asked undefined');
  });

  it('a refusal instead of 100 Continue where there is no route', async () => {
    const { port } = await proxy([]);
    const answer = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
      'path',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
  });

  it('no early hints, which are dropped', async () => {
    const { port } = await serving((_req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' });
      res.end('done');
    });
    expect((await send(port)).body).toBe('done');
  });
});
