import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { isAlive } from '../../../test/gateway.ts';
import { eventually, named, route, send } from '../../../test/proxy.ts';

const { upstream, home } = gatewayFixture();

describe('the access log of a gateway', () => {
  it('has every request once the gateway has ended', async () => {
    const { endpoint } = await upstream(named('ok'));
    const { client, state } = await home().gateway();
    const path = join(home().dir, 'access.log');
    const accessLog = { path, maxBytes: 1_000_000, keep: 2 };
    const port = await home().serve(client, 1, [route([endpoint], { accessLog })]);
    for (let i = 0; i < 10; i += 1) await send(port, { path: `/${i}` });
    await client.stop(1_000);
    await eventually(() => !isAlive(state.pid), 'the gateway has ended');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { path: string }).path)).toEqual(
      lines.map((_, i) => `/${i}`),
    );
    expect(lines).toHaveLength(10);
  });

  it('that grows too large is moved on under load, and loses no line', async () => {
    const { endpoint } = await upstream(named('ok'));
    const { client, state } = await home().gateway();
    const path = join(home().dir, 'access.log');
    const port = await home().serve(client, 1, [
      route([endpoint], { accessLog: { path, maxBytes: 2_000, keep: 100 } }),
    ]);
    let sent = 0;
    const rotated = (): boolean => readOr(`${path}.2`) !== '';
    while (!rotated()) {
      await send(port);
      sent += 1;
    }
    await client.stop(1_000);
    await eventually(() => !isAlive(state.pid), 'the gateway has ended');
    let lines = readOr(path).split('\n').length - 1;
    for (let i = 1; readOr(`${path}.${i}`) !== ''; i += 1)
      lines += readOr(`${path}.${i}`).split('\n').length - 1;
    expect(lines).toBe(sent);
  });

  it('that cannot be written is a problem that is shown, and requests are served', async () => {
    const { endpoint } = await upstream(named('ok'));
    const { client } = await home().gateway();
    const path = join(home().dir, 'a-directory');
    mkdirSync(path);
    const port = await home().serve(client, 1, [
      route([endpoint], { accessLog: { path, maxBytes: 1_000_000, keep: 2 } }),
    ]);
    expect((await send(port)).body).toBe('ok');
    expect((await client.state()).problems).toEqual([expect.stringContaining(path)]);
  });
});

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
