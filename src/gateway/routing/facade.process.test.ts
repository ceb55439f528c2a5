import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { named, route, send } from '../../../test/proxy.ts';
import type { PathTarget } from '../../rollout/traffic.ts';

const { upstream, home } = gatewayFixture();

let maker: CertificateMaker;

beforeEach(() => {
  maker = new CertificateMaker();
});

afterEach(() => {
  delete process.env['NODE_EXTRA_CA_CERTS'];
  maker.dispose();
});

/** An old system that speaks TLS; its certificate is for these hosts, and the gateway that is started next trusts it. */
async function oldOverTls(...hosts: readonly string[]): Promise<PathTarget & { close: () => void }> {
  const { cert, key, files } = maker.make(...hosts);
  process.env['NODE_EXTRA_CA_CERTS'] = files.certificate;
  const server = createServer({ cert, key }, named('old over TLS'));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { kind: 'legacy', legacy: { host: 'localhost', port, tls: true }, close };
}

it('an old system is asked over TLS by its own name, whatever host the client asks for', async () => {
  const { close, ...to } = await oldOverTls('localhost');
  const { client } = await home().gateway();
  const port = await home().serve(client, 1, [route([], { parts: [], paths: [{ path: '/', to }] })]);
  const asked = ['shop.test', 'other.test', 'localhost'].map((host) => send(port, { headers: { host } }));
  expect((await Promise.all(asked)).map(({ body }) => body)).toEqual(Array(3).fill('old over TLS'));
  close();
});

it('an old system whose certificate is for another host is not asked', async () => {
  const { close, ...to } = await oldOverTls('other.test');
  const { client } = await home().gateway();
  const port = await home().serve(client, 1, [route([], { parts: [], paths: [{ path: '/', to }] })]);
  const { status, body } = await send(port, { headers: { host: 'other.test' } });
  expect([status, body]).toEqual([502, '502 the old system does not answer\n']);
  close();
});

it('who has answered which paths is counted, shown as metrics, and survives a worker', async () => {
  const old = await upstream(named('old'));
  const fresh = await upstream(named('new'));
  const { host, port: oldPort } = old.endpoint;
  const paths = [
    { path: '/orders', to: { kind: 'new' as const } },
    { path: '/', to: { kind: 'legacy' as const, legacy: { host, port: oldPort } } },
  ];
  const { client, state } = await home().gateway();
  const port = await home().serve(client, 1, [route([fresh.endpoint], { paths })]);
  for (const path of ['/orders', '/a', '/b']) await send(port, { path });
  const counted = await client.counters('shop');
  expect(counted.paths?.map((one) => [one.path, one.new.requests, one.legacy.requests])).toEqual([
    ['/orders', 1, 0],
    ['/', 0, 2],
  ]);
  expect(counted.tracks.map(({ track, requests }) => [track, requests])).toEqual([['stable', 1]]);
  expect(counted.legacy).toMatchObject([{ rollout: 'shop', requests: 2, codes: [2, 0, 0, 0, 0, 0] }]);
  process.kill(state.workers[0]?.pid ?? 0, 'SIGKILL');
  const lines = await client.metrics();
  expect(lines).toContain('coalmine_gateway_path_requests_total{rollout="shop",path="/",system="legacy"} 2');
  expect(lines).toContain('coalmine_gateway_path_requests_total{rollout="shop",path="/",system="new"} 0');
  expect(lines).toContain('requests_total{rollout="shop",track="legacy",revision="",code_class="2xx"} 2');
});
