import { cp, writeFile, readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { configOf, failureOf, isAlive, kill, portOf } from '../../../test/gateway.ts';
import { eventually, named, part, route, send } from '../../../test/proxy.ts';
import { webSocketFixture } from '../../../test/websocket.ts';
import { FULL_SHARE } from '../../base/share.ts';
import { ensureGateway } from '../launch.ts';

const { upstream, home } = gatewayFixture();
const { workload, opened, closeAll } = webSocketFixture();

afterEach(closeAll);

/** Another build of the same program. */
async function nextBuild(name: string): Promise<string> {
  const entry = join(home().dir, `${name}.cjs`);
  await cp(home().entry, entry);
  await writeFile(entry, `${await readFile(entry, 'utf8')}\n// ${name}\n`);
  return entry;
}

/** Users on kept connections, each asking again at once, and some who connect anew each time. */
function crowd(port: number): { bodies: string[]; failures: string[]; leave: () => Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const [bodies, failures]: [string[], string[]] = [[], []];
  let isOpen = true;
  const user = async (options: Parameters<typeof send>[1]): Promise<void> => {
    while (isOpen) {
      await send(port, options).then(
        ({ status, body }) => (status === 200 ? bodies.push(body) : failures.push(`${status}`)),
        (error: unknown) => failures.push(String(error)),
      );
    }
  };
  const users = [
    ...Array.from({ length: 4 }, () => user({ agent })),
    user({}),
    user({ method: 'POST', body: 'abc' }),
  ];
  const leave = async (): Promise<void> => {
    isOpen = false;
    await Promise.all(users);
    agent.destroy();
  };
  return { bodies, failures, leave };
}

describe('a gateway of another build', () => {
  it('takes over again and again under load without a request that fails, and counts on', async () => {
    const { client, state: first } = await home().gateway();
    const { endpoint } = await upstream(named('ok'));
    const port = await home().serve(client, 1, [
      route([endpoint], { paths: [{ path: '/', to: { kind: 'new' } }] }),
    ]);
    const { bodies, failures, leave } = crowd(port);
    const pids = [first.pid];
    for (let i = 1; i <= 4; i += 1) {
      const before = bodies.length;
      const { state, problem } = await ensureGateway({ dir: home().dir, entry: await nextBuild(`b${i}`) });
      home().note(state);
      expect(problem).toBeUndefined();
      expect(state).toMatchObject({ epoch: first.epoch, version: 1, restarts: 0, problems: [] });
      pids.push(state.pid);
      await eventually(() => bodies.length > before + 100, 'it serves');
    }
    await leave();
    expect(failures).toEqual([]);
    expect(new Set(pids).size).toBe(5);
    await eventually(() => pids.slice(0, -1).every((pid) => !isAlive(pid)), 'the others have ended');
    // A worker that is slow to answer is shown with its last report, and so the first look may be an old one.
    const requestsNow = async (): Promise<number | undefined> =>
      (await client.counters()).tracks[0]?.requests;
    await eventually(async () => (await requestsNow()) === bodies.length, 'all are counted');
    const { tracks, paths } = await client.counters();
    expect(tracks).toMatchObject([{ requests: bodies.length, errors: 0, active: 0 }]);
    expect(paths).toMatchObject([{ path: '/', new: { requests: bodies.length, errors: 0 } }]);
    expect(portOf(await client.state())).toBe(port);
  });

  it('leaves what is under way to the one before, WebSockets too, still knows of it, and tells it what changes', async () => {
    const { client, state: first } = await home().gateway();
    const finish: (() => void)[] = [];
    const old = await upstream((req, res) => {
      if (req.url === '/slow') finish.push(() => res.end('slow'));
      else res.end('old');
    });
    const port = await home().serve(client, 1, [route([old.endpoint])]);
    const idle = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await send(port, { agent: idle })).body).toBe('old');
    const slow = send(port, { path: '/slow' });
    await eventually(() => finish.length === 1, 'it is under way');
    const chat = await workload();
    await client.apply(
      configOf(2, [route([old.endpoint]), route([chat.endpoint], { path: '/chat', rollout: 'chat' })]),
    );
    const { socket, received } = await opened(port);
    const { state } = await ensureGateway({ dir: home().dir, entry: await nextBuild('next') });
    home().note(state);
    socket.write('still there');
    await eventually(() => received().toString() === 'still there', 'the WebSocket goes on');
    expect(await client.inflight()).toEqual({ endpoints: { [old.endpoint.id]: 1, [chat.endpoint.id]: 1 } });
    const next = await upstream(named('new'));
    await client.apply({ ...state.config, version: 3, routes: [route([next.endpoint])] });
    const onOldConnection = await send(port, { agent: idle });
    expect(onOldConnection).toMatchObject({ body: 'new', headers: { connection: 'close' } });
    expect(isAlive(first.pid)).toBe(true);
    const drained = client.drained([old.endpoint.id], 10_000);
    finish[0]?.();
    expect((await slow).body).toBe('slow');
    expect(await drained).toBe(true);
    socket.destroy();
    await eventually(() => !isAlive(first.pid), 'the one before has ended');
    const { tracks } = await client.counters('shop');
    expect(tracks.reduce((sum, { requests }) => sum + requests, 0)).toBe(3);
    idle.destroy();
  });

  it('is not needed for the same build', async () => {
    const { state } = await home().gateway();
    expect((await home().gateway()).state.pid).toBe(state.pid);
  });
});

describe('when the new gateway does not come up', () => {
  const broken: readonly [string, string][] = [
    ['dies at its start', 'process.exit(1);'],
    [
      'dies when it has inherited everything',
      `process.on('message', (m) => { if (m.kind === 'estate') process.exit(1); }); setInterval(() => 0, 1000);`,
    ],
    [
      'is killed when it serves and is about to take the control socket',
      `process.on('message', (m) => { if (m.kind === 'yours') process.kill(process.pid, 'SIGKILL'); });`,
    ],
  ];
  it.each(broken)(
    'because it %s, the one before goes on, with its counters and under load',
    async (_, code) => {
      const { client, state: first } = await home().gateway();
      const { endpoint } = await upstream(named('ok'));
      const port = await home().serve(client, 1, [route([endpoint])]);
      const { bodies, failures, leave } = crowd(port);
      const entry = join(home().dir, 'broken.cjs');
      const isWhole = code.includes('SIGKILL');
      const guarded = `if (process.argv.includes('--succeed')) { ${code} }`;
      await writeFile(entry, isWhole ? `${guarded}\n${await readFile(home().entry, 'utf8')}` : guarded);
      const { state, problem } = await ensureGateway({ dir: home().dir, entry });
      expect(state.pid).toBe(first.pid);
      expect(problem).toContain('the one before goes on');
      const before = bodies.length;
      await eventually(() => bodies.length > before + 100, 'it serves');
      await home().serve(client, 2, [route([], { parts: [part('canary', FULL_SHARE, [endpoint])] })]);
      await leave();
      expect(failures).toEqual([]);
      // What the dead one has answered before it died was counted by nobody else.
      const { tracks } = await client.counters();
      const counted = tracks.reduce((sum, { requests }) => sum + requests, 0);
      expect(counted).toBeGreaterThan(100);
      expect(counted).toBeLessThanOrEqual(bodies.length);
      const { state: renewed } = await ensureGateway({ dir: home().dir, entry: await nextBuild('whole') });
      home().note(renewed);
      expect(renewed).toMatchObject({ version: 2, epoch: first.epoch });
      expect(renewed.pid).not.toBe(first.pid);
    },
  );

  it('because its program is missing, that is said', async () => {
    const { client } = await home().gateway();
    const order = { node: process.execPath, entry: join(home().dir, 'nothing.cjs') };
    expect(await failureOf(client.succeed(order))).toMatchObject({ code: 'usage' });
    const relative = { node: process.execPath, entry: 'main.js' };
    expect(await failureOf(client.succeed(relative))).toMatchObject({ code: 'usage' });
  });
});

it('a whole gateway that is killed while the one before ends its work comes back, and that work ends well', async () => {
  const { client, state: first } = await home().gateway();
  let finish: (() => void) | undefined;
  const { endpoint } = await upstream((req, res) => {
    if (req.url === '/slow') finish = () => res.end('slow');
    else res.end('ok');
  });
  const port = await home().serve(client, 1, [route([endpoint])]);
  const slow = send(port, { path: '/slow' });
  await eventually(() => finish !== undefined, 'it is under way');
  const { state } = await ensureGateway({ dir: home().dir, entry: await nextBuild('next') });
  home().note(state);
  kill(state.pid);
  await eventually(() => !isAlive(state.pid), 'it is dead');
  home().note((await ensureGateway({ dir: home().dir, entry: await nextBuild('next') })).state);
  await eventually(
    () =>
      send(port).then(
        ({ body }) => body === 'ok',
        () => false,
      ),
    'another serves',
  );
  finish?.();
  expect((await slow).body).toBe('slow');
  await eventually(() => !isAlive(first.pid), 'the first has ended');
  home().note(await client.state());
});
