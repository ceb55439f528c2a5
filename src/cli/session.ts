import { join, resolve } from 'node:path';
import { Failure } from '../base/failure.ts';
import type { Client, ClientOptions } from '../client/client.ts';
import { isName } from '../engine/author.ts';
import type { Cluster } from './cluster.ts';
import { dataDirOf } from './data-dir.ts';
import type { Tunnel } from './host/tunnel.ts';
import type { Io, Output } from './io.ts';
import { createPaint, wantsColor, type Paint } from './output/paint.ts';
import { harmless } from './output/text.ts';
import { tokenOf } from './token.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly dataDir?: string;
  readonly host?: string;
  readonly tokenFile?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly file?: readonly string[];
  readonly output: OutputFormat;
  readonly color: boolean;
  readonly yes?: boolean;
}

/** How answers are printed. */
export type OutputFormat = 'table' | 'json' | 'yaml';

/** One command's run: where it works and how it prints. */
export class Session {
  readonly io: Io;
  readonly format: OutputFormat;
  readonly color: boolean;
  readonly paint: Paint;
  readonly #options: GlobalOptions;
  /** The other machine, as it was named. */
  readonly #host: string | undefined;
  #tunnel: Promise<Tunnel> | undefined;
  #opened: Promise<Cluster> | undefined;

  constructor(io: Io, options: GlobalOptions) {
    this.io = io;
    this.#options = options;
    this.#host = hostOf(options, io);
    this.format = options.output;
    this.color = wantsColor({ flag: options.color, env: io.env, isTerminal: io.stdout.isTTY === true });
    this.paint = createPaint(this.color);
  }

  /** The same session over another data directory of this machine. */
  in(dataDir: string): Session {
    const { host: _, ...options } = this.#options;
    return new Session(this.io, { ...options, dataDir });
  }

  /** True when the command works on another machine. */
  get isRemote(): boolean {
    return this.#host !== undefined;
  }

  /** The data directory. Throws Failure `usage` when it lies on another machine. */
  get dataDir(): string {
    this.refuseRemote();
    return dataDirOf({ flag: this.#options.dataDir, env: this.io.env, cwd: this.io.cwd });
  }

  /** Throws Failure `usage` when the command is to work on another machine, for commands that cannot. */
  refuseRemote(): void {
    if (this.#host === undefined) return;
    throw new Failure('usage', `this command works on its own machine, not on ${this.#host}`, {
      hint: 'Run it there, or leave out --host (and COALMINE_HOST).',
    });
  }

  /** True when a person reads along, on a terminal that can be drawn on. */
  get isLive(): boolean {
    return this.format === 'table' && this.io.stdout.isTTY === true && this.io.env['TERM'] !== 'dumb';
  }

  /** The files that `--file` names, absolute; undefined when none were named. */
  get files(): readonly string[] | undefined {
    return this.#options.file?.map((file) => this.path(file));
  }

  /** A path that the user wrote, absolute. */
  path(written: string): string {
    return resolve(this.io.cwd, written);
  }

  /** A client of the control process; requests end with Ctrl-C. */
  async client(options: Pick<ClientOptions, 'onLost' | 'user'> = {}): Promise<Client> {
    if (this.isOfCluster) return (await this.cluster()).operations;
    const { createClient } = await import('../client/client.ts');
    return createClient({
      ...(await this.#place()),
      ...(await this.whoAsks()),
      signal: this.io.interrupted,
      ...options,
    });
  }

  /** By whose right the command works: a token's, or that of who may open the socket, by the name he gives himself. */
  async whoAsks(): Promise<Pick<ClientOptions, 'token' | 'user'>> {
    const { io } = this;
    const { tokenFile } = this.#options;
    const token = await tokenOf({ file: tokenFile && this.path(tokenFile), env: io.env });
    if (token !== undefined) return { token };
    const user = io.env['USER'] ?? '';
    return isName(user) ? { user } : {};
  }

  /** True when the command works on a Kubernetes cluster: it was named, or this is `kubectl coalmine`. */
  get isOfCluster(): boolean {
    const { kubeconfig, context, namespace } = this.#options;
    return this.io.isPlugin === true || [kubeconfig, context, namespace].some((one) => one !== undefined);
  }

  /** The namespace of a cluster that the command works on: that of the kubeconfig where none was named. */
  cluster(): Promise<Cluster> {
    const { kubeconfig, context, namespace } = this.#options;
    const choice = {
      env: this.io.env,
      ...(kubeconfig === undefined ? {} : { path: this.path(kubeconfig) }),
      ...(context === undefined ? {} : { context }),
      ...(namespace === undefined ? {} : { namespace }),
    };
    this.#opened ??= import('./cluster.ts').then(({ openCluster }) =>
      openCluster(choice, this.io.interrupted),
    );
    return this.#opened;
  }

  /** Ends what the session has opened. */
  async close(): Promise<void> {
    const cluster = await this.#opened?.catch(() => undefined);
    await cluster?.close();
    const tunnel = await this.#tunnel?.catch(() => undefined);
    await tunnel?.close();
  }

  async #place(): Promise<Pick<ClientOptions, 'socketPath' | 'place'>> {
    const name = this.#host;
    if (name === undefined) return { socketPath: join(this.dataDir, 'control.sock') };
    const { openTunnel, parseSshAddress } = await import('./host/tunnel.ts');
    this.#tunnel ??= openTunnel(parseSshAddress(name), this.io);
    const tunnel = await this.#tunnel;
    return { socketPath: tunnel.socketPath, place: { name, trouble: () => tunnel.trouble() } };
  }

  /** Prints an answer: the lines for people, the value for programs. */
  async print(value: unknown, lines: () => readonly string[]): Promise<void> {
    switch (this.format) {
      case 'json':
        this.#write(this.io.stdout, `${JSON.stringify(value, undefined, 2)}\n`);
        return;
      case 'yaml': {
        const { stringify } = await import('yaml');
        this.#write(this.io.stdout, stringify(value, { aliasDuplicateObjects: false }));
        return;
      }
      case 'table':
        this.say(lines());
    }
  }

  /** Prints lines for people, whatever the format. */
  say(lines: readonly string[]): void {
    for (const line of lines) this.#write(this.io.stdout, `${harmless(line)}\n`);
  }

  /** Prints one value on one line, for programs that read as it comes. */
  sayJson(value: unknown): void {
    this.#write(this.io.stdout, `${JSON.stringify(value)}\n`);
  }

  /** Prints beside the answer. */
  remark(line: string): void {
    this.#write(this.io.stderr, `${harmless(line)}\n`);
  }

  /** Asks a person before something is taken away; true without asking when nobody sits there. */
  async confirm(question: string): Promise<boolean> {
    const { ask, interrupted } = this.io;
    if (this.#options.yes === true || ask === undefined) return true;
    const answer = await ask(`${question} [y/N] `, interrupted);
    return ['y', 'yes'].includes(answer.trim().toLowerCase());
  }

  #write(output: Output, text: string): void {
    output.write(text);
  }
}

/** A data directory that is named means this machine, whatever the environment says. */
function hostOf({ host, dataDir }: GlobalOptions, { env }: Io): string | undefined {
  if (host !== undefined && dataDir !== undefined) {
    throw new Failure('usage', '--host and --data-dir do not go together', {
      hint: 'Write the data directory of the other machine as the path, as in --host ssh://vm/var/lib/coalmine.',
    });
  }
  const told = host ?? (dataDir === undefined ? env['COALMINE_HOST'] : undefined) ?? '';
  return told === '' ? undefined : told;
}
