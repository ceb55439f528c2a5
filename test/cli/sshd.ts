import { readFileSync } from 'node:fs';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, hasTool } from '../tools.ts';

const SSHD = '/usr/sbin/sshd';

/** True when the real server and its client are there. */
export function hasSshd(): boolean {
  return process.platform === 'linux' && hasTool(SSHD, 'openssh-server') && hasTool('ssh', 'openssh-client');
}

/** A real sshd on 127.0.0.1, for the user who runs the test and for one key. */
export class Sshd {
  readonly port: number;
  readonly #dir: string;
  #child: ChildProcess | undefined;

  private constructor(dir: string, port: number) {
    this.#dir = dir;
    this.port = port;
  }

  /** `settings` are lines of sshd_config. */
  static async start(settings: readonly string[] = []): Promise<Sshd> {
    const sshd = new Sshd(await mkdtemp(join(tmpdir(), 'coalmine-sshd-')), await freePort());
    await sshd.#prepare(settings);
    await sshd.listen();
    return sshd;
  }

  /** What a command needs to find this server's key, and a key that the server accepts, as a user's own files would. */
  get env(): Record<string, string> {
    return { PATH: `${this.#dir}/bin:${process.env['PATH'] ?? ''}`, HOME: this.#dir };
  }

  /** The address of a data directory here, as seen through the server. */
  addressOf(path: string): string {
    return `ssh://${userInfo().username}@127.0.0.1:${this.port}${path}`;
  }

  /** From now on the client knows neither key. */
  async forgetKeys(which: 'known_hosts' | 'user_key'): Promise<void> {
    await rm(join(this.#dir, which));
  }

  /** Ends the server and the connections through it. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    // Each connection is a process in a session of its own.
    for (const pid of [child.pid, ...childrenOf(child.pid)]) process.kill(pid, 'SIGKILL');
    await gone;
  }

  /** Listens, again after `stop`. */
  async listen(): Promise<void> {
    const child = spawn(SSHD, ['-D', '-e', '-f', join(this.#dir, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Server listening')) resolve();
      });
      child.once('exit', () => {
        reject(new Error(`sshd ended: ${said}`));
      });
    });
  }

  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #prepare(settings: readonly string[]): Promise<void> {
    const file = (name: string): string => join(this.#dir, name);
    for (const name of ['host_key', 'user_key'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)]);
    const hostKey = execFileSync('cat', [file('host_key.pub')], { encoding: 'utf8' });
    await writeFile(file('known_hosts'), `[127.0.0.1]:${this.port} ${hostKey}`);
    const config = [
      'ListenAddress 127.0.0.1',
      `Port ${this.port}`,
      `HostKey ${file('host_key')}`,
      `AuthorizedKeysFile ${file('user_key.pub')}`,
      'PidFile none',
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      ...settings,
    ];
    await writeFile(file('sshd_config'), `${config.join('\n')}\n`);
    if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
    // The client reads the configuration of its user's home, wherever HOME is: so it is told of another one.
    const own = ['StrictHostKeyChecking yes', `UserKnownHostsFile ${file('known_hosts')}`];
    await writeFile(
      file('ssh_config'),
      ['Host *', ...own, `IdentityFile ${file('user_key')}`, 'IdentitiesOnly yes', ''].join('\n'),
    );
    await mkdir(file('bin'));
    await writeFile(file('bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${file('ssh_config')} "$@"\n`);
    await chmod(file('bin/ssh'), 0o755);
  }
}

function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}
