import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import { waitFor } from '../../system/waiting.ts';
import type { Io } from '../io.ts';
import type { SshAddress } from './ssh-address.ts';
import { isAboutChannel, sshFailure } from './ssh-words.ts';

export { parseSshAddress } from './ssh-address.ts';

const LOOK_EVERY_MS = 20;
/** A lost tunnel is dug again so long after, for as long as somebody uses it. */
const AGAIN_AFTER_MS = 1_000;
const CONNECT_WITHIN_S = 15;
/** What is said of a connection comes with its end, or hardly later. */
const TOLD_WITHIN_MS = 500;
/** Of what ssh says, in characters. */
const REMEMBERED = 4_000;

/** A socket here that leads to one on another machine. */
export interface Tunnel {
  readonly socketPath: string;
  /** Why a connection through it has just failed; undefined when nothing was said of it. */
  trouble(): Promise<Failure | undefined>;
  /** Ends `ssh` and removes the socket. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Lets the system's `ssh` pass a socket on: its configuration, keys and known hosts count, and nothing is asked
 * (`BatchMode`). Throws Failure when it cannot. A tunnel that breaks later is opened again until it is closed.
 */
export async function openTunnel(address: SshAddress, io: Io): Promise<Tunnel> {
  const dir = await mkdtemp(join(io.env['TMPDIR'] ?? tmpdir(), 'coalmine-ssh-'));
  const digger = new Digger(address, io, join(dir, 's'));
  const close = async (): Promise<void> => {
    await digger.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await digger.opened();
  } catch (cause) {
    await close();
    throw cause;
  }
  return { socketPath: digger.socketPath, trouble: () => digger.trouble(), close };
}

/** Keeps one `ssh` running. */
class Digger {
  readonly socketPath: string;
  readonly #address: SshAddress;
  readonly #io: Io;
  readonly #stopping = new AbortController();
  #child: ChildProcess;
  #said = '';
  #ended: Promise<void>;
  #failure: Failure | undefined;

  constructor(address: SshAddress, io: Io, socketPath: string) {
    this.#address = address;
    this.#io = io;
    this.socketPath = socketPath;
    this.#child = this.#start();
    this.#ended = this.#end(this.#child);
  }

  /** Settles once the socket is there. Throws Failure when `ssh` ended before. */
  async opened(): Promise<void> {
    while (!existsSync(this.socketPath)) {
      if (this.#failure !== undefined) throw this.#failure;
      await delay(LOOK_EVERY_MS, undefined, { signal: this.#io.interrupted });
    }
    void this.#keep();
  }

  async trouble(): Promise<Failure | undefined> {
    const until = performance.now() + TOLD_WITHIN_MS;
    while (performance.now() < until) {
      if (this.#failure !== undefined) return this.#failure;
      const line = this.#said.split(/\r?\n/).findLast(isAboutChannel);
      if (line !== undefined) {
        // Said of this connection, and not of the next one.
        this.#said = '';
        return sshFailure(this.#address, line);
      }
      await delay(LOOK_EVERY_MS);
    }
    return undefined;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  /** Opens it again whenever it broke. */
  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#ended;
      if (!(await waitFor(AGAIN_AFTER_MS, signal))) return;
      this.#child = this.#start();
      this.#ended = this.#end(this.#child);
    }
  }

  #start(): ChildProcess {
    this.#said = '';
    this.#failure = undefined;
    const child = spawn('ssh', argumentsOf(this.#address, this.socketPath), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...this.#io.env },
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-REMEMBERED);
    });
    return child;
  }

  #end(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      child.once('error', (cause) => {
        this.#failure = hasCode(cause, 'ENOENT')
          ? noSsh(cause)
          : sshFailure(this.#address, cause.message, cause);
        resolve();
      });
      child.once('close', () => {
        this.#failure ??= sshFailure(this.#address, this.#said);
        resolve();
      });
    });
  }
}

function argumentsOf({ host, user, port, socketPath }: SshAddress, local: string): string[] {
  const options = [
    'BatchMode=yes',
    'ExitOnForwardFailure=yes',
    'StreamLocalBindUnlink=yes',
    'StreamLocalBindMask=0177',
    `ConnectTimeout=${CONNECT_WITHIN_S}`,
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    // A connection that is shared would outlive this command, or die with another.
    'ControlMaster=no',
    'ControlPath=none',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'LogLevel=INFO',
  ];
  return [
    '-N',
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '-L',
    `${local}:${socketPath}`,
    '--',
    host,
  ];
}

function noSsh(cause: unknown): Failure {
  return new Failure('unreachable', 'there is no ssh on this machine', {
    hint: 'Install it (Debian: openssh-client).',
    cause,
  });
}
