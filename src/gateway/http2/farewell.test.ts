import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import { RawHttp2, usual } from '../../../test/http2-frames.ts';
import { eventually, proxyFixture, route, type StartedProxy } from '../../../test/proxy.ts';

const { upstream, tlsProxy, closeAll } = proxyFixture();
let maker: CertificateMaker;
/** Answers what waits. */
let release: (() => void)[] = [];

beforeAll(() => {
  maker = new CertificateMaker();
});
afterAll(() => {
  maker.dispose();
});
afterEach(closeAll);

async function connected(): Promise<{ started: StartedProxy; client: RawHttp2 }> {
  const shop = maker.make('shop.test');
  release = [];
  const { endpoint } = await upstream((req, res) => {
    if (req.url === '/slow') release.push(() => res.end('slow'));
    else res.end('ok');
  });
  const started = await tlsProxy([route([endpoint], { tls: shop.files })], [shop]);
  const client = new RawHttp2(started.port);
  client.ask(1, usual());
  await eventually(() => client.status(1) === 200, 'it is served');
  return { started, client };
}

it('a client that asks one thing after the other is told with its next answer, which it gets, that it is the last', async () => {
  const { started, client } = await connected();
  started.drain();
  // What is said at once is on its way before anything more is asked.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  client.ask(3, usual());
  await eventually(() => client.closed, 'the connection ends');
  expect([client.status(3), new Set(client.goodbyes())]).toEqual([200, new Set([3])]);
});

it('requests under way when clients are to go elsewhere are all served, and the last of them is named', async () => {
  const { started, client } = await connected();
  const streams = Array.from({ length: 60 }, (_, i) => 2 * i + 3);
  for (const stream of streams) client.ask(stream, usual('/slow'));
  await eventually(() => release.length === streams.length, 'they are under way');
  started.drain();
  for (const answer of release) answer();
  await eventually(() => client.closed, 'the connection ends');
  expect(streams.every((stream) => client.status(stream) === 200)).toBe(true);
  expect(new Set(client.goodbyes())).toEqual(new Set([streams.at(-1)]));
});

it('a client that asks nothing more is told after a while', async () => {
  const { started, client } = await connected();
  started.drain();
  await eventually(() => client.closed, 'the connection ends');
  expect(new Set(client.goodbyes())).toEqual(new Set([1]));
});
