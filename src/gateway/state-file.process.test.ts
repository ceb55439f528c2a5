import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildGateway, configOf, failureOf, GatewayHome, type BuiltGateway } from '../../test/gateway.ts';
import { eventually, named, route, send, proxyFixture } from '../../test/proxy.ts';

const { upstream, closeAll } = proxyFixture();
let built: BuiltGateway;
let home: GatewayHome;

beforeAll(async () => {
  built = await buildGateway();
});

afterAll(() => built.dispose());

beforeEach(async () => {
  home = await GatewayHome.make(built);
});

afterEach(async () => {
  await closeAll();
  await home.dispose();
});

describe('the saved config', () => {
  it.each([
    ['is not JSON', '{"format":1,"config":'],
    ['is of another format', '{"format":99,"config":{}}'],
    ['makes no sense', '{"format":1,"config":{"version":-1},"ports":{}}'],
    ['is empty', ''],
  ])('that %s is moved aside, never overwritten', async (_, text) => {
    await writeFile(join(home.dir, 'config.json'), text);
    const { state, client } = await home.gateway();
    expect(state.version).toBe(0);
    expect(state.problems).toHaveLength(1);
    expect(state.problems[0]).toContain('config.json.corrupt-1');
    await client.apply(configOf(1, []));
    expect(await readFile(join(home.dir, 'config.json.corrupt-1'), 'utf8')).toBe(text);
  });

  it('with a port somebody has taken since: the rest is served, and the port when it is free', async () => {
    const blocker = await upstream(named('blocker'));
    const { endpoint } = await upstream(named('ok'));
    const saved = { format: 1, config: configOf(3, [route([endpoint])], blocker.port), ports: {} };
    await writeFile(join(home.dir, 'config.json'), JSON.stringify(saved));
    const { state, client } = await home.gateway();
    expect(state).toMatchObject({ version: 3, listening: [] });
    expect(state.problems[0]).toContain(String(blocker.port));
    // A route can be written meanwhile.
    expect((await client.apply(configOf(4, [], blocker.port))).version).toBe(4);
    await client.apply(configOf(5, [route([endpoint])], blocker.port));
    await blocker.close();
    await eventually(async () => (await client.state()).listening.length === 1, 'the port is bound');
    expect((await send(blocker.port)).body).toBe('ok');
    expect((await client.state()).problems).toEqual([]);
  });

  it('on a disk that takes no more: the new one is served all the same, and saved later', async () => {
    const { client } = await home.gateway();
    const { endpoint } = await upstream(named('ok'));
    const port = await home.serve(client, 1, [route([])]);
    // A directory in the place of the temporary file is refused like a full disk, for root too.
    await mkdir(join(home.dir, 'config.json.tmp', 'full'), { recursive: true });
    expect(await failureOf(client.apply(configOf(2, [route([endpoint])])))).toMatchObject({
      code: 'storeUnusable',
    });
    expect((await send(port)).body).toBe('ok');
    expect((await client.state()).problems[0]).toContain('not saved');
    await rm(join(home.dir, 'config.json.tmp'), { recursive: true });
    await eventually(async () => (await client.state()).problems.length === 0, 'it is saved');
    expect(JSON.parse(await readFile(join(home.dir, 'config.json'), 'utf8'))).toMatchObject({
      config: { version: 2 },
    });
  });
});
