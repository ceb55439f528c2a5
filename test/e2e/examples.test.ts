import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad } from '../../src/cli/demo/load.ts';
import { FakeEngine } from '../containers/fake-engine.ts';
import { freePort, Site, until } from './site.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

let site: Site;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await site.destroy();
});

/** Copies an example, so that its directory stays as it is, and starts it. */
async function start(example: string, name: string): Promise<void> {
  await cp(path.join(EXAMPLES, example), site.dir, { recursive: true });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  expect((await site.json<{ phase: string }>('get', name)).phase).toBe('Healthy');
}

describe('the examples', () => {
  it('are all told of here', async () => {
    expect((await readdir(EXAMPLES)).sort()).toEqual([
      'ab',
      'ab-many',
      'approval',
      'blue-green',
      'containers',
      'environments',
      'group',
      'notify',
      'queue-workers',
      'ramped',
      'scenarios',
      'shadow',
      'strangler',
      'typescript',
      'web-service',
      'worker',
    ]);
  });

  it('web-service serves, and releases a new version', async () => {
    await start('web-service', 'hello');
    const { address } = await site.api<{ address: string }>('rollouts/hello');
    expect(await (await fetch(address)).text()).toBe('hello from version 1\n');
    const load = startLoad(address, 200);
    try {
      await site.ok('release', 'hello', '--set', 'workload.process.env.VERSION=2');
      await until('the canary is judged', async () => {
        const { release } = await site.api<{ release?: { stage: string } }>('rollouts/hello');
        return release?.stage === 'wait';
      });
      await site.ok('promote', 'hello', '--full');
      await site.ok('wait', 'hello', '--timeout', '30s');
    } finally {
      await load.stop();
    }
    expect(await (await fetch(address)).text()).toBe('hello from version 2\n');
  });

  it('typescript declares what services share once, and each is released by itself', async () => {
    await start('typescript', 'web');
    const { address } = await site.api<{ address: string }>('rollouts/api');
    const set = 'workload.process.env.VERSION=2';
    await site.ok('release', 'api', '--set', set);
    await until('the canary is judged', async () => {
      const { release } = await site.api<{ release?: { stage: string } }>('rollouts/api');
      return release?.stage === 'wait';
    });
    await site.ok('promote', 'api', '--full');
    await site.ok('wait', 'api', '--timeout', '30s');
    expect(await (await fetch(address)).text()).toBe('api, version 2\n');
    expect(await (await fetch(new URL('/web', address))).text()).toBe('web, version 1\n');
  });

  it('containers run what was built here, and are released by the name of another image', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'coalmine-docker-'));
    const engine = await FakeEngine.start(path.join(dir, 'docker.sock'));
    const server = path.join(EXAMPLES, 'containers/server.mjs');
    for (const version of ['1', '2']) {
      const command = ['env', `VERSION=${version}`, process.execPath, server];
      engine.add(`hello:${version}`, { command, isLocal: true });
    }
    process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`;
    try {
      await start('containers', 'hello');
      const { address } = await site.api<{ address: string }>('rollouts/hello');
      expect(await (await fetch(address)).text()).toBe('hello from version 1\n');
      await site.ok('release', 'hello', '--set', 'workload.container.image=hello:2');
      await until('the canary is judged', async () => {
        const { release } = await site.api<{ release?: { stage: string } }>('rollouts/hello');
        return release?.stage === 'wait';
      });
      await site.ok('promote', 'hello', '--full');
      await site.ok('wait', 'hello', '--timeout', '60s');
      expect(await (await fetch(address)).text()).toBe('hello from version 2\n');
    } finally {
      await site.run('down', '--yes');
      delete process.env['DOCKER_HOST'];
      await engine.stop();
      await rm(dir, { recursive: true, force: true });
    }
    expect(engine.violations).toEqual([]);
  });

  it.each([
    ['ab', ['blue', 'green']],
    ['ab-many', ['blue', 'green', 'red']],
  ])('%s runs the shop as it is, then an experiment, and goes back to it', async (example, colours) => {
    await start(example, 'shop');
    const { address } = await site.api<{ address: string }>('rollouts/shop');
    const page = async (uid: string): Promise<string> =>
      (await fetch(address, { headers: { cookie: `uid=${uid}` } })).text();
    expect(await page('ann')).toBe('a blue button\n');
    // Declared once more, nothing begins.
    await site.ok('apply');
    expect(await site.json<object>('get', 'shop')).not.toHaveProperty('release');
    await site.ok('release', 'shop');
    await until('the experiment goes on', async () => {
      const { route = [] } = await site.api<{ route?: readonly { track: string }[] }>('rollouts/shop');
      return route.some(({ track }) => track === 'variant:green');
    });
    const users = Array.from({ length: 40 }, (_, i) => `user${i}`);
    const first = await Promise.all(users.map(page));
    expect(new Set(first)).toEqual(new Set(colours.map((colour) => `a ${colour} button\n`)));
    expect(await Promise.all(users.map(page))).toEqual(first);
    await site.ok('abort', 'shop');
    await site.run('wait', 'shop', '--timeout', '30s');
    expect(new Set(await Promise.all(users.map(page)))).toEqual(new Set(['a blue button\n']));
  });

  it('blue-green switches, bakes, and goes back with the version that was kept', async () => {
    await start('blue-green', 'shop');
    const { address } = await site.api<{ address: string }>('rollouts/shop');
    const load = startLoad(address, 50);
    try {
      const set = 'workload.process.env.VERSION=2';
      await site.ok('release', 'shop', '--set', set, '--wait', '--timeout', '90s');
      expect(await (await fetch(address)).text()).toBe('hello from version 2\n');
      await site.ok('undo', 'shop');
      await site.ok('wait', 'shop', '--timeout', '30s');
    } finally {
      await load.stop();
    }
    expect(await (await fetch(address)).text()).toBe('hello from version 1\n');
  });

  it('shadow compares answers, and tells what differs that is no noise', async () => {
    await start('shadow', 'prices');
    const { address } = await site.api<{ address: string }>('rollouts/prices');
    const load = startLoad(address, 100);
    try {
      const same = 'workload.process.env.VERSION=2';
      const { out } = await site.ok('release', 'prices', '--set', same, '--wait', '--timeout', '60s');
      expect(out).toContain('completed');
      const other = 'workload.process.env.ROUNDING=floor';
      const { code } = await site.run('release', 'prices', '--set', other, '--wait', '--timeout', '60s');
      expect(code).toBe(3);
    } finally {
      await load.stop();
    }
    const described = await site.ok('describe', 'prices');
    expect(described.out).toMatch(/GET \/ +body \/items\/\*\/price/);
    expect(described.out).not.toMatch(/body \/at/);
  });

  it('strangler serves the orders anew, and the rest as ever', async () => {
    const port = String(await freePort());
    await cp(path.join(EXAMPLES, 'strangler'), site.dir, { recursive: true });
    const file = path.join(site.dir, 'coalmine.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('8081', port));
    const old = spawn(process.execPath, ['old.js'], { cwd: site.dir, env: { PORT: port }, stdio: 'ignore' });
    try {
      await site.up();
      await site.ok('apply', '--wait', '--timeout', '30s');
      const { address } = await site.api<{ address: string }>('rollouts/shop');
      const body = async (where: string): Promise<string> => (await fetch(new URL(where, address))).text();
      await until(
        'the old one serves',
        async () => (await body('/catalogue')) === 'the old shop at /catalogue\n',
      );
      expect(await body('/orders')).toBe('the new shop at /orders\n');
    } finally {
      old.kill('SIGKILL');
    }
  });

  it('approval waits for somebody before the switch, and goes on once he has said yes', async () => {
    await start('approval', 'checkout');
    const { address } = await site.api<{ address: string }>('rollouts/checkout');
    await site.ok('release', 'checkout', '--set', 'workload.process.env.VERSION=2');
    await until('it waits at the gate', async () => {
      return (await site.api<{ phase: string }>('rollouts/checkout')).phase === 'Waiting';
    });
    expect((await site.ok('describe', 'checkout')).out).toContain('coalmine approve checkout lead');
    expect(await (await fetch(address)).text()).toBe('hello from version 1\n');
    await site.ok('approve', 'checkout', 'lead', '--as', 'ana', '--comment', 'looks good');
    await site.ok('wait', 'checkout', '--timeout', '30s');
    expect(await (await fetch(address)).text()).toBe('hello from version 2\n');
    expect((await site.ok('events', 'checkout')).out).toContain('ana approved the gate lead: looks good');
  });

  it('notify rings a bell when a release begins and when it ends', async () => {
    await cp(path.join(EXAMPLES, 'notify', 'bell.js'), path.join(site.dir, 'bell.js'));
    const bell = spawn(process.execPath, ['bell.js'], {
      cwd: site.dir,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let rung = '';
    bell.stdout.setEncoding('utf8').on('data', (piece: string) => (rung += piece));
    try {
      await start('notify', 'hello');
      expect((await site.ok('notify', 'test', 'hello')).out).toBe('bell (webhook) was told: answered 204\n');
      await site.ok(
        'release',
        'hello',
        '--set',
        'workload.process.env.VERSION=2',
        '--wait',
        '--timeout',
        '30s',
      );
      await until('it has rung', () => Promise.resolve(rung.includes('release 2 is promoted')));
    } finally {
      bell.kill();
    }
    expect(rung.match(/^hello: .+$/gm)?.filter((line) => !line.endsWith('a test'))).toEqual([
      'hello: release 1 has started',
      'hello: release 1 is promoted',
      'hello: release 2 has started',
      'hello: release 2 is promoted',
    ]);
  });

  it('ramped stops where it was told, and goes on when somebody resumes', async () => {
    await start('ramped', 'api');
    const { address } = await site.api<{ address: string }>('rollouts/api');
    await site.ok('release', 'api', '--set', 'workload.process.env.VERSION=2');
    await until('it waits for somebody', async () => {
      return (await site.api<{ phase: string }>('rollouts/api')).phase === 'Paused';
    });
    await site.ok('resume', 'api');
    await site.ok('wait', 'api', '--timeout', '30s');
    expect(await (await fetch(address)).text()).toBe('hello from version 2\n');
  });

  it('worker stops before its next version starts, and logs', async () => {
    await start('worker', 'worker');
    const ran = await site.run(
      'release',
      'worker',
      '--set',
      'workload.process.env.VERSION=2',
      '--wait',
      '--timeout',
      '60s',
    );
    expect(ran.code, ran.err).toBe(0);
    await until('the new version has written', async () => {
      return (await site.ok('logs', 'worker')).out.includes('working, version 2');
    });
  });

  it('group releases the worker, and then the web service', async () => {
    await start('group', 'shop-web');
    const { address } = await site.api<{ address: string }>('rollouts/shop-web');
    const set = 'workload.process.env.VERSION=2';
    await site.ok('release', '--group', 'shop', '--set', set, '--wait', '--timeout', '60s');
    expect(await (await fetch(address)).text()).toBe('hello from version 2\n');
    const events = await site.json<{ rollout: string; type: string }[]>('events', '--limit', '100');
    const told = events.filter(({ type }) => type === 'ReleaseStarted' || type === 'Promoted').slice(-4);
    expect(told.map(({ rollout }) => rollout)).toEqual([
      'shop-worker',
      'shop-worker',
      'shop-web',
      'shop-web',
    ]);
  });

  it('queue-workers hands its replicas over, and its last words are those of the new version', async () => {
    await start('queue-workers', 'mailer');
    await site.ok('release', 'mailer', '--set', 'workload.process.env.VERSION=2');
    await until('one of four is new', async () => {
      const { release } = await site.api<{ release?: { stage: string } }>('rollouts/mailer');
      return release?.stage === 'wait';
    });
    await site.ok('promote', 'mailer', '--full');
    await site.ok('wait', 'mailer', '--timeout', '60s');
    await until('the new version has written', async () => {
      return (await site.ok('logs', 'mailer')).out.includes('sent a mail, version 2');
    });
  });
});
