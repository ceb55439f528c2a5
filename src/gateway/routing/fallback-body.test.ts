import { afterEach, expect, it } from 'vitest';
import { proxyFixture, readAll, route, send, type StartedProxy } from '../../../test/proxy.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

const MOST = 64 * 1024;

/** A path whose new system fails once it has read a request, and what the old one got instead. */
async function fallingBack(): Promise<StartedProxy & { readonly oldSaw: string[] }> {
  const oldSaw: string[] = [];
  const old = await upstream((req, res) => {
    void readAll(req).then((body) => {
      oldSaw.push(`${req.method ?? ''} ${body}`);
      res.end('old');
    });
  });
  const failing = await upstream((req, res) => {
    req.resume().on('end', () => res.writeHead(500).end('failed'));
  });
  const { host, port } = old.endpoint;
  const to = { kind: 'newWithFallback', legacy: { host, port } } as const;
  const started = await proxy([route([failing.endpoint], { paths: [{ path: '/', to }] })]);
  return Object.assign(started, { oldSaw });
}

function ask(port: number, method: string, body: string): ReturnType<typeof send> {
  return send(port, { method, body, headers: { 'content-length': body.length } });
}

it('goes to the old system with its request, where that changes nothing and it is short', async () => {
  const { port, oldSaw } = await fallingBack();
  for (const body of ['query', 'q'.repeat(MOST)]) {
    expect((await ask(port, 'GET', body)).body).toBe('old');
    expect(oldSaw.at(-1)).toBe(`GET ${body}`);
  }
  const chunked = { method: 'GET', body: 'query', headers: { 'transfer-encoding': 'chunked' } };
  expect((await send(port, chunked)).body).toBe('old');
  expect(oldSaw.at(-1)).toBe('GET query');
});

it('goes nowhere when it is longer, or when its request may change something', async () => {
  const { port, oldSaw } = await fallingBack();
  expect((await ask(port, 'GET', 'q'.repeat(MOST + 1))).status).toBe(500);
  expect((await ask(port, 'POST', 'order')).status).toBe(500);
  expect(oldSaw).toEqual([]);
});
