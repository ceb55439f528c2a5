import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { configOf, failureOf } from '../../../test/gateway.ts';
import { eventually, named, route, send } from '../../../test/proxy.ts';

const { upstream, home } = gatewayFixture();

describe('the saved config', () => {
  it.each([
    ['is not JSON', '{"format":1,"config":'],
    ['is of another format', '{"format":99,"config":{}}'],
    ['makes no sense', '{"format":1,"config":{"version":-1},"ports":{}}'],
    ['is empty', ''],
  ])('that %s is moved aside, never overwritten', async (_, text) => {
    await writeFile(join(home().dir, 'config.json'), text);
    const { state, client } = await home().gateway();
    expect(state.version).toBe(0);
    expect(state.problems).toHaveLength(1);
    expect(state.problems[0]).toContain('config.json.corrupt-1');
    await client.apply(configOf(1, []));
    expect(await readFile(join(home().dir, 'config.json.corrupt-1'), 'utf8')).toBe(text);
  });

  it('with a port somebody has taken since: the rest is served, and the port when it is free', async () => {
    const blocker = await upstream(named('blocker'));
    const { endpoint } = await upstream(named('ok'));
    const saved = { format: 1, config: configOf(3, [route([endpoint])], blocker.port), ports: {} };
    await writeFile(join(home().dir, 'config.json'), JSON.stringify(saved));
    const { state, client } = await home().gateway();
    expect(state).toMatchObject({ version: 3, listening: [] });
    expect(state.problems[0]).toContain(String(blocker.port));
    // A route can be written meanwhile.
    expect((await client.apply(configOf(4, [], blocker.port))).version).toBe(4);
    await client.apply(configOf(5, [route([endpoint])], blocker.port));
    await blocker.close();
    const isServed = (): Promise<boolean> =>
      send(blocker.port).then(
        ({ body }) => body === 'ok',
        () => false,
      );
    await eventually(isServed, 'the port is bound and served');
    expect((await client.state()).listening).toHaveLength(1);
    expect((await client.state()).problems).toEqual([]);
  });

  it('on a disk that takes no more: the new one is served all the same, and saved later', async () => {
    const { client } = await home().gateway();
    const { endpoint } = await upstream(named('ok'));
    const port = await home().serve(client, 1, [route([])]);
    // A directory in the place of the file is refused like a full disk, for root too.
    await rm(join(home().dir, 'config.json'));
    await mkdir(join(home().dir, 'config.json', 'full'), { recursive: true });
    expect(await failureOf(client.apply(configOf(2, [route([endpoint])])))).toMatchObject({
      code: 'storeUnusable',
    });
    expect((await send(port)).body).toBe('ok');
    expect((await client.state()).problems[0]).toContain('not saved');
    await rm(join(home().dir, 'config.json'), { recursive: true });
    await eventually(async () => (await client.state()).problems.length === 0, 'it is saved');
    expect(JSON.parse(await readFile(join(home().dir, 'config.json'), 'utf8'))).toMatchObject({
      config: { version: 2 },
    });
  });

  it('that fits on the disk only in part is not acknowledged, and the whole one before it stays', async () => {
    // The limit of a file's size cuts a write short as a nearly full disk does.
    const command = `ulimit -f 2 && exec "$0" "$1" --dir "$2"`;
    const gateway = spawn('sh', ['-c', command, process.execPath, home().entry, home().dir], {
      stdio: 'ignore',
    });
    await eventually(() => existsSync(join(home().dir, 'control.sock')), 'it is up');
    const { client, started } = await home().gateway();
    expect(started).toBe(false);
    await home().serve(client, 1, [route([])]);
    const before = await readFile(join(home().dir, 'config.json'), 'utf8');
    const many = Array.from({ length: 40 }, (_, i) =>
      route([], { rollout: `shop-${i}`, path: `/shop-${i}` }),
    );
    expect(await failureOf(client.apply(configOf(2, many)))).toMatchObject({ code: 'storeUnusable' });
    expect(await readFile(join(home().dir, 'config.json'), 'utf8')).toBe(before);
    expect(await readdir(home().dir)).not.toContainEqual(expect.stringMatching(/draft$|tmp$/));
    gateway.kill('SIGKILL');
  });
});
