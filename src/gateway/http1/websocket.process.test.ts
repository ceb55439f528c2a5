import { afterEach, describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { isAlive } from '../../../test/gateway.ts';
import { eventually, route, sendRaw } from '../../../test/proxy.ts';
import { closed, handshake, webSocketFixture } from '../../../test/websocket.ts';

const { home } = gatewayFixture();
const { workload, opened, closeAll } = webSocketFixture();

afterEach(closeAll);

describe('open WebSockets', () => {
  it('end with the gateway, one after the other, within the time it was given', async () => {
    const { endpoint } = await workload();
    const { client, state } = await home().gateway();
    const port = await home().serve(client, 1, [route([endpoint])]);
    const sockets = await Promise.all([1, 2].map(async () => (await opened(port)).socket));
    expect((await client.counters()).tracks).toMatchObject([{ active: 2, codes: [0, 0, 0, 0, 0, 2] }]);
    await client.stop(2_000);
    await Promise.all(sockets.map(closed));
    await eventually(() => !isAlive(state.pid), 'the gateway has ended');
  });

  it('let go of a process before it is stopped', async () => {
    const { endpoint } = await workload();
    const { client } = await home().gateway();
    const port = await home().serve(client, 1, [route([endpoint])]);
    const { socket } = await opened(port);
    await home().serve(client, 2, [route([])]);
    expect(await client.drained([endpoint.id], 10_000)).toBe(true);
    await closed(socket);
    expect(await sendRaw(port, handshake())).toMatch(/^HTTP\/1\.1 503/);
  });
});
