import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamMessage } from '../../src/api/resources.ts';
import { messages, SYSTEM } from './fake.ts';
import { Bench, type Ran } from './harness.ts';
import { hasSshd, Sshd } from './sshd.ts';
import { aView, anEvent } from './views.ts';

let bench: Bench;
let sshd: Sshd | undefined;

beforeEach(async () => {
  bench = await Bench.create();
  await mkdir(join(bench.dir, 'tmp'));
});

afterEach(async () => {
  await bench.destroy();
  await sshd?.dispose();
  sshd = undefined;
});

/** What commands leave behind, sockets and their directories. */
function left(): Promise<string[]> {
  return readdir(join(bench.dir, 'tmp'));
}

async function declare(spec: object): Promise<void> {
  const document = {
    apiVersion: 'coalmine.dev/v1',
    kind: 'Rollout',
    metadata: { name: 'shop' },
    spec: { traffic: { gateway: {} }, strategy: { recreate: {} }, ...spec },
  };
  await writeFile(join(bench.dir, 'coalmine.yaml'), JSON.stringify(document));
}

describe('--host', () => {
  it.each([[['up']], [['doctor']], [['demo']], [['service', 'status']]])('is refused by %j', async (argv) => {
    const { code, err } = await bench.run([...argv, '--host', 'ssh://vm']);
    expect(code).toBe(2);
    expect(err).toMatch(/works on its own machine, not on ssh:\/\/vm/);
  });

  it('does not go with a data directory, which means this machine', async () => {
    expect((await bench.run(['get', '--host', 'ssh://vm', '--data-dir', 'x'])).code).toBe(2);
    await bench.serve();
    const local = await bench.run(['get', '--data-dir', '.coalmine'], { env: { COALMINE_HOST: 'ssh://vm' } });
    expect(local.code).toBe(0);
  });

  it('says so where there is no ssh', async () => {
    const { code, err } = await bench.run(['get', '--host', 'ssh://vm'], { env: { PATH: bench.dir } });
    expect(code).toBe(5);
    expect(err).toContain('openssh-client');
  });
});

describe.skipIf(!hasSshd())('another machine, through a real sshd', () => {
  async function start(settings: readonly string[] = []): Promise<Sshd> {
    sshd = await Sshd.start(settings);
    return sshd;
  }

  function run(server: Sshd, argv: readonly string[], around = {}): Promise<Ran> {
    const address = server.addressOf(bench.dataDir);
    return bench.run([...argv, '--host', address], {
      env: { ...server.env, TMPDIR: join(bench.dir, 'tmp') },
      ...around,
    });
  }

  it('is worked on as this one is, and nothing is left behind', async () => {
    const server = await start();
    const fake = await bench.serve();
    const address = server.addressOf(bench.dataDir);
    const got = await bench.run(['get', 'shop', '-o', 'json'], {
      env: { ...server.env, TMPDIR: join(bench.dir, 'tmp'), COALMINE_HOST: address },
    });
    expect(got).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(got.out)).toMatchObject({ name: 'shop' });
    expect((await run(server, ['logs', 'shop', '--follow'])).out).toContain('hello');
    expect((await run(server, ['get', 'nothing'])).code).toBe(7);
    expect((await run(server, ['pause', 'shop'])).code).toBe(0);
    expect(fake.calls).toContainEqual(['steer', 'shop', { verb: 'pause' }]);
    expect(await left()).toEqual([]);
  });

  it('is followed on after the connection broke', async () => {
    const server = await start();
    const view = aView();
    const message: StreamMessage = { kind: 'rollout', rollout: view };
    await bench.serve({
      stream: (_, signal) => messages([{ kind: 'event', event: anEvent(1) }, message], signal),
    });
    const end = new AbortController();
    let lost = 0;
    let seen = 0;
    const { code } = await run(server, ['watch'], {
      interrupted: end.signal,
      onOutput: (text: string) => {
        if (text.includes('looking for it again')) {
          lost += 1;
          void server.listen();
        } else if (text.includes(anEvent(1).message)) {
          seen += 1;
          if (seen === 1) void server.stop();
          else end.abort();
        }
      },
    });
    expect({ code, lost, seen }).toEqual({ code: 130, lost: 1, seen: 2 });
  });

  it('is sent what is named here: on the command line, and by relative paths in files', async () => {
    const server = await start();
    const fake = await bench.serve();
    await mkdir(join(bench.dir, 'dist'));
    await writeFile(join(bench.dir, 'dist/server.js'), 'run()');
    await writeFile(join(bench.dir, 'secrets'), 'KEY=hunter2\n');
    await run(server, ['release', 'shop', '--from', 'dist', '--env-file', join(bench.dir, 'secrets')]);
    expect(fake.calls).toContainEqual([
      'release',
      'shop',
      { from: '/uploads/artefact-full', envFiles: ['/uploads/environment-full'] },
    ]);

    const process = { from: './dist', envFiles: ['secrets', '/etc/there.env'], command: ['x'] };
    await declare({ workload: { process } });
    expect((await run(server, ['apply'])).err).toBe('');
    const applied = fake.calls.find(([name]) => name === 'apply')?.[1];
    expect(applied).toMatchObject({
      document: {
        spec: {
          workload: {
            process: {
              from: '/uploads/artefact-full',
              envFiles: ['/uploads/environment-full', '/etc/there.env'],
            },
          },
        },
      },
    });
  });

  it('is not sent what it could not use', async () => {
    const server = await start();
    const fake = await bench.serve();
    const process = { from: '/srv/shop', command: ['x'] };
    const tls = { files: { certificate: 'cert.pem', key: '/etc/key.pem' } };
    await declare({ workload: { process }, traffic: { gateway: { tls, host: 'shop.example' } } });
    const refused = await run(server, ['apply']);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/tls\.files\.certificate: is relative/);
    expect(refused.err).not.toContain('key:');
    const missing = await run(server, ['release', 'shop', '--from', 'nowhere']);
    expect(missing.code).toBe(2);
    expect(missing.err).toMatch(/nowhere cannot be read/);
    await writeFile(join(bench.dir, 'large'), Buffer.alloc(1024 ** 2 + 1));
    const large = await run(server, ['release', 'shop', '--env-file', 'large']);
    expect(large).toMatchObject({ code: 2, err: expect.stringContaining('1048576 bytes') as string });
    expect(fake.calls.map(([name]) => name)).not.toContain('release');
  });

  it('stops, and waits until nobody answers any more', async () => {
    const server = await start();
    // A process of the other machine may have the number of one of ours.
    await bench.serve({
      system: () => Promise.resolve({ ...SYSTEM, pid: process.pid }),
      shutDown: () => {
        setTimeout(() => void bench.stop(), 100);
        return Promise.resolve();
      },
    });
    const { code, out } = await run(server, ['down', '--yes']);
    expect(out).toContain('coalmine is down');
    expect(code).toBe(0);
  });

  it('says what to do when coalmine is not up there', async () => {
    const { code, err } = await run(await start(), ['get']);
    expect(code).toBe(5);
    expect(err).toContain(`Nobody listens at ${bench.dataDir}/control.sock there`);
    expect(await left()).toEqual([]);
  });

  it('says what to do when its sshd passes no sockets on', async () => {
    await bench.serve();
    const { code, err } = await run(await start(['AllowStreamLocalForwarding no']), ['get']);
    expect(code).toBe(5);
    expect(err).toContain('AllowStreamLocalForwarding in sshd_config');
  });

  it('says what to do when it is not known, or does not know us', async () => {
    const server = await start();
    await server.forgetKeys('known_hosts');
    const unknown = await run(server, ['get']);
    expect(unknown.code).toBe(5);
    expect(unknown.err).toMatch(/Host key verification failed[^]*connecting once yourself: ssh -p \d+ /);
  });

  it('asks for no password', async () => {
    const server = await start();
    await server.forgetKeys('user_key');
    const { code, err } = await run(server, ['get']);
    expect(code).toBe(8);
    expect(err).toMatch(/Permission denied[^]*ssh-add/);
  });

  it('says so when nobody listens', async () => {
    const server = await start();
    await server.stop();
    const { code, err } = await run(server, ['get']);
    expect(code).toBe(5);
    expect(err).toMatch(/Connection refused[^]*Try it yourself: ssh -p/);
  });
});
