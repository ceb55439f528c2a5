import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasTool } from '../tools.ts';
import { Bench, type Ran } from './harness.ts';

const UNITS = ['coalmine-gateway.service', 'coalmine-gateway.socket', 'coalmine.service'];

let bench: Bench;
let units: string;

beforeEach(async () => {
  bench = await Bench.create();
  units = join(bench.dir, 'units');
  await mkdir(units);
});

afterEach(async () => {
  await bench.destroy();
});

function service(...args: readonly string[]): Promise<Ran> {
  return bench.run(['service', ...args, '--unit-dir', 'units']);
}

function unit(name: string): Promise<string> {
  return readFile(join(units, name), 'utf8');
}

describe('service install', () => {
  it('writes units that say what runs, and what is left to do', async () => {
    const { out, code } = await service(
      'install',
      ...['--gateway-port', '80', '--metrics-port', '9100', '--gateway-workers', '2'],
    );
    expect(code).toBe(0);
    expect((await readdir(units)).sort()).toEqual(UNITS);
    expect((await stat(join(units, 'coalmine.service'))).mode & 0o777).toBe(0o644);
    expect(out).toContain('systemctl enable --now');
    expect(await unit('coalmine-gateway.socket')).toContain('\nListenStream=127.0.0.1:80\n');
    expect(await unit('coalmine-gateway.service')).toMatch(/\/gateway --workers 2\n/);
    const control = await unit('coalmine.service');
    expect(control).toContain('\nKillMode=process\n');
    expect(control).toContain(`\nUser=${userInfo().username}\n`);
    expect(control).toContain(`--data-dir ${bench.dataDir} --gateway-host 127.0.0.1 --gateway-port 80`);
    expect(control).toContain('--metrics-port 9100');
  });

  it('changes nothing when it is asked again, and shows what it changes', async () => {
    await service('install');
    const before = await stat(join(units, 'coalmine.service'));
    const again = await service('install');
    expect(again.out.match(/is as it should be/g)).toHaveLength(3);
    expect(again.out).not.toContain('daemon-reload');
    expect((await stat(join(units, 'coalmine.service'))).mtimeMs).toBe(before.mtimeMs);

    const dry = await service('install', '--gateway-port', '81', '--dry-run');
    expect(dry.out).toMatch(/socket would be changed\n(.*\n)*? {2}- ListenStream=127.0.0.1:8080\n/);
    expect(dry.out).toContain('  + ListenStream=127.0.0.1:81\n');
    expect(await unit('coalmine-gateway.socket')).toContain('ListenStream=127.0.0.1:8080');

    const changed = await service('install', '--gateway-port', '81');
    expect(changed.out).toContain('systemctl restart');
    expect(await unit('coalmine-gateway.socket')).toContain('ListenStream=127.0.0.1:81');
  });

  it('takes what is not said from where the last start listened, and tells it', async () => {
    await mkdir(bench.dataDir);
    const up = ['--gateway-port', '80', '--api-port', '7070', '--metrics-port', '9100'];
    await writeFile(join(bench.dataDir, 'listening.json'), JSON.stringify({ format: 1, up }));
    const { err } = await service('install', '--metrics-port', '9200');
    expect(err).toMatch(/^as at the last start: --gateway-port 80 --api-port 7070 \(.*\)\n$/);
    const control = await unit('coalmine.service');
    expect(control).toContain('--gateway-port 80 --api-port 7070 --metrics-port 9200');
    expect(await unit('coalmine-gateway.socket')).toContain('ListenStream=127.0.0.1:80\n');

    const without = await service('install', '--no-remembered', '--dry-run');
    expect(without.err).toBe('');
    expect(without.out).toContain('  + ListenStream=127.0.0.1:8080\n');
  });

  it('prints the units and writes nothing', async () => {
    const { out, code } = await bench.run(['service', 'install', '--print', '--user']);
    expect(code).toBe(0);
    for (const name of UNITS) expect(out).toContain(`# ${name}\n`);
    expect(out).not.toContain('User=');
    expect(out).toContain('WantedBy=default.target');
    expect(await readdir(units)).toEqual([]);
  });

  it('touches no file that is not its own, or that somebody has changed', async () => {
    await service('install');
    const edited = (await unit('coalmine.service')).replace('RestartSec=1s', 'RestartSec=9s');
    await writeFile(join(units, 'coalmine.service'), edited);
    await writeFile(join(units, 'coalmine-gateway.socket'), '[Socket]\n');
    for (const verb of ['install', 'uninstall']) {
      const { code, err } = await service(verb);
      expect(code).toBe(6);
      expect(err).toMatch(/coalmine\.service: somebody has changed it/);
      expect(err).toMatch(/coalmine-gateway\.socket: coalmine has not written it/);
    }
    expect(await unit('coalmine.service')).toBe(edited);
    expect((await readdir(units)).sort()).toEqual(UNITS);
  });

  it('does not take over the units of another data directory', async () => {
    await service('install');
    const { code, err } = await service('install', '--data-dir', 'other');
    expect(code).toBe(6);
    expect(err).toContain(`it is that of ${bench.dataDir}`);
  });

  it.each([
    [['--gateway-port', '0'], /a fixed port/],
    [['--gateway-port', '443', '--gateway-tls-port', '443'], /both 443/],
    [['--gateway-host', 'localhost'], /not an IP address/],
    [['--run-as', 'nobody-of-this-name'], /there is no user "nobody-of-this-name"/],
    [['--run-as', '--help'], /there is no user "--help"/],
    [['--user', '--run-as', 'root'], /does not go with --user/],
    [['--data-dir', 'line\nbreak'], /control character/],
  ])('refuses %j', async (args, reason) => {
    const { code, err } = await service('install', ...args);
    expect(code).toBe(2);
    expect(err).toMatch(reason);
    expect(await readdir(units)).toEqual([]);
  });

  it.runIf(userInfo().uid === 0)('refuses a data directory that belongs to somebody else', async () => {
    await mkdir(bench.dataDir);
    const { code, err } = await service('install', '--run-as', 'nobody');
    expect(code).toBe(2);
    expect(err).toContain('belongs to user 0');
  });

  it.skipIf(userInfo().uid === 0)('says what to do where it may not write', async () => {
    await chmod(units, 0o500);
    const { code, err } = await service('install');
    expect(code).toBe(8);
    expect(err).toContain('--user');
  });

  it.skipIf(hasSystemd())('refuses where systemd does not run the machine', async () => {
    const { code, err } = await bench.run(['service', 'install', '--user'], { env: { HOME: bench.dir } });
    expect(code).toBe(2);
    expect(err).toContain('systemd does not run this machine');
    expect(await readdir(bench.dir)).toEqual(['units']);
  });
});

describe.skipIf(!hasTool('systemd-analyze', 'systemd'))('the units, as systemd reads them', () => {
  it.each([
    ['of a machine', [], 'plain'],
    ['of a user', ['--user'], 'plain'],
    ['of a strange path', ['--gateway-tls-port', '443'], 'a b%h$x"\\q'],
  ])('%s have no fault', async (_, options, dataDir) => {
    await service('install', '--data-dir', dataDir, ...options);
    const files = UNITS.map((name) => join(units, name));
    const manager = options.includes('--user') ? ['--user'] : [];
    const verify = (): string =>
      execFileSync('systemd-analyze', [...manager, 'verify', ...files], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], XDG_RUNTIME_DIR: bench.dir, HOME: bench.dir },
      });
    expect(verify()).toBe('');
    await writeFile(join(units, 'coalmine.service'), '[Service]\nExecStart=nowhere\n');
    expect(verify).toThrow();
  });
});

describe('service uninstall and status', () => {
  it('shows what is installed, and removes it', async () => {
    expect((await service('status')).out).toMatch(/^coalmine.service +not installed/);
    await service('install');
    expect((await service('status')).out).toMatch(/^coalmine.service +installed/);
    expect((await service('uninstall', '--dry-run')).out).toContain('would be removed');
    expect((await readdir(units)).sort()).toEqual(UNITS);
    expect((await service('uninstall')).code).toBe(0);
    expect(await readdir(units)).toEqual([]);
    expect((await service('uninstall')).out).toContain('no unit of coalmine');
  });

  it('needs no directory of units', async () => {
    await rm(units, { recursive: true });
    expect((await service('status')).code).toBe(0);
    expect((await service('uninstall')).code).toBe(0);
  });
});

function hasSystemd(): boolean {
  try {
    return execFileSync('cat', ['/proc/1/comm'], { encoding: 'utf8' }).trim() === 'systemd';
  } catch {
    return false;
  }
}
