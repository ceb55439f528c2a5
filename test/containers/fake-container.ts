import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { constants } from 'node:os';

/** What a container is made of. */
export interface ContainerBody {
  readonly Image: string;
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly HostConfig?: {
    readonly PortBindings?: Readonly<
      Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[]>
    >;
    readonly Memory?: number;
    readonly RestartPolicy?: { readonly Name?: string };
  };
}

interface Piece {
  readonly stream: 1 | 2;
  readonly bytes: Buffer;
  readonly at: number;
}

/** A container that is a process of this machine, with its ports passed on as the engine's proxy does. */
export class FakeContainer {
  readonly id = randomBytes(32).toString('hex');
  readonly createdAt = Date.now();
  readonly name: string;
  readonly body: ContainerBody;
  readonly imageId: string;
  readonly written: Piece[] = [];
  /** Tells `written` and `ended`. */
  readonly events = new EventEmitter().setMaxListeners(0);
  status: 'created' | 'running' | 'exited' = 'created';
  exitCode = 0;
  #command: readonly string[];
  #child: ChildProcess | undefined;
  #proxies: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(
    name: string,
    body: ContainerBody,
    image: { readonly id: string; readonly command: readonly string[] },
  ) {
    this.name = name;
    this.body = body;
    this.imageId = image.id;
    this.#command = body.Cmd ?? image.command;
  }

  get pid(): number {
    return this.status === 'running' ? (this.#child?.pid ?? 0) : 0;
  }

  /** Throws what the engine says when a port is taken or there is no such program. */
  async start(): Promise<void> {
    const inner = await freePort();
    await this.#publish(inner);
    const { PATH } = process.env;
    const given = Object.fromEntries((this.body.Env ?? []).map((one) => split(one)));
    const [file = '', ...args] = this.#command;
    const child = spawn(file, args, {
      // In its own network every program could listen on the same port; here each has another.
      env: { PATH, ...given, ...(given['PORT'] === undefined ? {} : { PORT: String(inner) }) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        this.#unpublish();
        reject(new Error(`failed to create task for container: exec: "${file}": ${error.message}`));
      });
    });
    this.status = 'running';
    child.stdout.on('data', (bytes: Buffer) => {
      this.#write(1, bytes);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      this.#write(2, bytes);
    });
    child.once('close', (code, signal) => {
      this.exitCode = signal === null ? (code ?? 0) : 128 + constants.signals[signal];
      this.status = 'exited';
      this.#unpublish();
      this.events.emit('ended');
    });
  }

  kill(signal: string): void {
    if (this.#child?.pid !== undefined && this.status === 'running') process.kill(-this.#child.pid, signal);
  }

  async ended(): Promise<void> {
    if (this.status !== 'running') return;
    await new Promise<void>((resolve) => this.events.once('ended', resolve));
  }

  #write(stream: 1 | 2, bytes: Buffer): void {
    const piece = { stream, bytes, at: Date.now() };
    this.written.push(piece);
    this.events.emit('written', piece);
  }

  async #publish(inner: number): Promise<void> {
    const bindings = Object.values(this.body.HostConfig?.PortBindings ?? {}).flat();
    for (const { HostIp, HostPort } of bindings) {
      const proxy = createServer((client) => {
        const server = connect({ host: '127.0.0.1', port: inner });
        for (const [one, other] of [
          [client, server],
          [server, client],
        ] as const) {
          this.#sockets.add(one);
          one.on('error', () => other.destroy());
          one.once('close', () => {
            this.#sockets.delete(one);
            other.destroy();
          });
        }
        client.pipe(server).pipe(client);
      });
      await new Promise<void>((resolve, reject) => {
        proxy.once('error', () => {
          this.#unpublish();
          reject(
            new Error(
              `driver failed programming external connectivity on endpoint ${this.name}: Bind for ${HostIp ?? '0.0.0.0'}:${HostPort ?? ''} failed: port is already allocated`,
            ),
          );
        });
        proxy.listen({ host: HostIp ?? '0.0.0.0', port: Number(HostPort) }, resolve);
      });
      this.#proxies.push(proxy);
    }
  }

  #unpublish(): void {
    for (const proxy of this.#proxies) proxy.close();
    this.#proxies = [];
    for (const socket of this.#sockets) socket.destroy();
  }
}

function split(one: string): readonly [string, string] {
  const equals = one.indexOf('=');
  return [one.slice(0, equals), one.slice(equals + 1)];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
