import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { constants } from 'node:os';
import { HOST_CONFIG, ruleFor, type ApiRule } from './api-rules.ts';
import {
  bodyOf,
  frame,
  hasLabel,
  inspected,
  listed,
  send,
  statusOf,
  tagged,
  type Sent,
} from './fake-answers.ts';
import { FakeContainer, type ContainerBody } from './fake-container.ts';

/** An image: what it starts, and where it comes from. */
export interface FakeImage {
  readonly command: readonly string[];
  /** Only here, as one that was just built: no registry has given it a digest. */
  readonly isLocal?: boolean;
}

interface Stored {
  readonly id: string;
  readonly command: readonly string[];
  readonly digest?: string;
}

interface Exec {
  readonly container: FakeContainer;
  readonly command: readonly string[];
  exitCode: number | undefined;
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The API of a container engine on a socket, as strict as the published one: what an engine refuses is refused, states
 * are answered as it does, and what it would silently pass over is written down. Containers are processes of this
 * machine.
 */
export class FakeEngine {
  readonly socketPath: string;
  readonly containers: FakeContainer[] = [];
  /** Every request, as `METHOD /path`, without its version. */
  readonly asked: string[] = [];
  /** What was asked that the API does not know, parameters and fields included. */
  readonly violations: string[] = [];
  /** Credentials that a registry wants to see. */
  password: string | undefined;
  /** The version that is announced. */
  version = '1.47';
  readonly #local = new Map<string, Stored>();
  readonly #registry = new Map<string, Stored>();
  readonly #execs = new Map<string, Exec>();
  readonly #server: Server;

  private constructor(socketPath: string) {
    this.socketPath = socketPath;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((cause: unknown) => {
        const status = cause instanceof Refused ? cause.status : 500;
        send(response, status, { message: cause instanceof Error ? cause.message : String(cause) });
      });
    });
  }

  static async start(socketPath: string): Promise<FakeEngine> {
    const engine = new FakeEngine(socketPath);
    await engine.listen();
    return engine;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.socketPath, resolve));
  }

  /** Falls silent, as an engine does that is updated: containers go on. */
  async fallSilent(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async stop(): Promise<void> {
    for (const container of this.containers) container.kill('SIGKILL');
    await Promise.all(this.containers.map((container) => container.ended()));
    await this.fallSilent();
  }

  /** Puts an image on this machine, or into the registry that names are looked up in. */
  add(name: string, image: FakeImage, place: 'here' | 'registry' = 'here'): string {
    const of = (what: string): string =>
      `sha256:${createHash('sha256')
        .update(`${what} ${JSON.stringify(image)}`)
        .digest('hex')}`;
    const stored: Stored = {
      id: of('id'),
      command: image.command,
      ...(image.isLocal === true ? {} : { digest: of('digest') }),
    };
    (place === 'here' ? this.#local : this.#registry).set(tagged(name), stored);
    return stored.digest ?? stored.id;
  }

  /** Those that run. */
  get running(): readonly FakeContainer[] {
    return this.containers.filter(({ status }) => status === 'running');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://engine');
    const method = request.method ?? '';
    const known = ruleFor(method, url);
    if ('message' in known) {
      this.violations.push(`${method} ${url.pathname}${url.search}: ${known.message}`);
      throw new Refused(known.status, known.message);
    }
    const { rule, id, odd } = known;
    this.asked.push(`${method} ${url.pathname.replace(/^\/v1\.\d+/, '')}`);
    const body = await bodyOf(request);
    const fields = this.#checkBody(request, body, rule);
    for (const one of [...odd, ...fields]) this.violations.push(`${method} ${rule.path}: there is no ${one}`);
    await this.#routes[`${method} ${rule.path}`]?.({ id, query: url.searchParams, body, request, response });
  }

  /** The fields that the API does not have, which an engine passes over. */
  #checkBody({ headers }: IncomingMessage, given: Sent, { body: known }: ApiRule): readonly string[] {
    if (given === undefined && known !== undefined) throw new Refused(400, 'EOF');
    if (given === undefined) return [];
    const type = headers['content-type'] ?? '';
    if (type !== 'application/json')
      throw new Refused(400, `unsupported Content-Type header (${type}): must be 'application/json'`);
    const host = Object.keys(given['HostConfig'] ?? {});
    return [
      ...Object.keys(given).filter((field) => known?.includes(field) !== true),
      ...host.filter((field) => !HOST_CONFIG.includes(field)),
    ];
  }

  readonly #routes: Readonly<Record<string, (call: Call) => Promise<void> | void>> = {
    'GET /_ping': ({ response }) => {
      response.writeHead(200, { 'api-version': this.version, server: 'Docker/27.0 (linux)' }).end('OK');
    },
    'HEAD /_ping': ({ response }) => {
      response.writeHead(200, { 'api-version': this.version, server: 'Docker/27.0 (linux)' }).end();
    },
    'GET /version': ({ response }) => {
      send(response, 200, {
        ApiVersion: this.version,
        MinAPIVersion: '1.24',
        Version: '27.0',
        Os: 'linux',
        Arch: 'amd64',
      });
    },
    'GET /images/{name}/json': ({ id, response }) => {
      const image = this.#image(id);
      const repository = id.split('@')[0]?.replace(/:[^/]*$/, '') ?? '';
      const digests = image.digest === undefined ? [] : [`${repository}@${image.digest}`];
      send(response, 200, {
        Id: image.id,
        RepoDigests: digests,
        RepoTags: [id],
        Config: { Cmd: image.command },
      });
    },
    'POST /images/create': ({ query, request, response }) => {
      this.#pull(query, request, response);
    },
    'GET /distribution/{name}/json': ({ id, request, response }) => {
      this.#authorise(request);
      const image = this.#registry.get(tagged(id));
      if (image?.digest === undefined) throw new Refused(404, `manifest unknown: ${id}`);
      send(response, 200, { Descriptor: { digest: image.digest, size: 1 }, Platforms: [] });
    },
    'POST /containers/create': ({ query, body, response }) => {
      this.#create(query.get('name') ?? `some_${randomBytes(4).toString('hex')}`, body, response);
    },
    'GET /containers/json': ({ query, response }) => {
      const filters = JSON.parse(query.get('filters') ?? '{}') as Readonly<Record<string, readonly string[]>>;
      const isAll = ['1', 'true'].includes(query.get('all') ?? '');
      const labels = filters['label'] ?? [];
      const found = this.containers
        .filter(({ status }) => isAll || status === 'running')
        .filter(({ body }) => labels.every((label) => hasLabel(body, label)));
      send(response, 200, found.map(listed));
    },
    'GET /containers/{id}/json': ({ id, response }) => {
      send(response, 200, inspected(this.#container(id)));
    },
    'POST /containers/{id}/start': async ({ id, response }) => {
      const container = this.#container(id);
      if (container.status === 'running') {
        send(response, 304);
        return;
      }
      await container.start();
      send(response, 204);
    },
    'POST /containers/{id}/stop': async ({ id, query, response }) => {
      const container = this.#container(id);
      if (container.status !== 'running') {
        send(response, 304);
        return;
      }
      container.kill(query.get('signal') ?? 'SIGTERM');
      const late = setTimeout(
        () => {
          container.kill('SIGKILL');
        },
        Number(query.get('t') ?? 10) * 1_000,
      );
      await container.ended();
      clearTimeout(late);
      send(response, 204);
    },
    'POST /containers/{id}/kill': ({ id, query, response }) => {
      const container = this.#container(id);
      const signal = query.get('signal') ?? 'SIGKILL';
      if (!(signal in constants.signals)) throw new Refused(400, `invalid signal: ${signal}`);
      if (container.status !== 'running') throw new Refused(409, `container ${container.id} is not running`);
      container.kill(signal);
      send(response, 204);
    },
    'POST /containers/{id}/wait': async ({ id, query, response }) => {
      const container = this.#container(id);
      const condition = query.get('condition') ?? 'not-running';
      if (!['not-running', 'next-exit', 'removed'].includes(condition))
        throw new Refused(400, `invalid condition: "${condition}"`);
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      await container.ended();
      response.end(JSON.stringify({ StatusCode: container.exitCode }));
    },
    'DELETE /containers/{id}': async ({ id, query, response }) => {
      const container = this.#container(id);
      const isForced = ['1', 'true'].includes(query.get('force') ?? '');
      if (container.status === 'running' && !isForced)
        throw new Refused(
          409,
          `cannot remove container "${container.name}": container is running: stop the container before removing or force remove`,
        );
      container.kill('SIGKILL');
      await container.ended();
      this.containers.splice(this.containers.indexOf(container), 1);
      send(response, 204);
    },
    'GET /containers/{id}/logs': ({ id, query, response }) => {
      this.#logs(this.#container(id), query, response);
    },
    'POST /containers/{id}/exec': ({ id, body, response }) => {
      const container = this.#container(id);
      if (container.status !== 'running') throw new Refused(409, `container ${container.id} is not running`);
      const command = (body?.['Cmd'] ?? []) as readonly string[];
      if (command.length === 0) throw new Refused(400, 'No exec command specified');
      const exec = randomBytes(32).toString('hex');
      this.#execs.set(exec, { container, command, exitCode: undefined });
      send(response, 201, { Id: exec });
    },
    'POST /exec/{id}/start': async ({ id, response }) => {
      const exec = this.#exec(id);
      response.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' }).flushHeaders();
      exec.exitCode = await statusOf(exec.command);
      response.end(frame(1, Buffer.from('done\n')));
    },
    'GET /exec/{id}/json': ({ id, response }) => {
      const { exitCode, container } = this.#exec(id);
      send(response, 200, {
        ID: id,
        Running: exitCode === undefined,
        ExitCode: exitCode ?? null,
        ContainerID: container.id,
      });
    },
  };

  #image(name: string): Stored {
    const byContent = [...this.#local.values()].find(
      ({ id, digest }) => name === id || (digest !== undefined && name.endsWith(`@${digest}`)),
    );
    const image = byContent ?? this.#local.get(tagged(name));
    if (image === undefined) throw new Refused(404, `No such image: ${name}`);
    return image;
  }

  #container(id: string): FakeContainer {
    const container = this.containers.find(
      (one) => one.id === id || one.name === id || (id.length >= 12 && one.id.startsWith(id)),
    );
    if (container === undefined) throw new Refused(404, `No such container: ${id}`);
    return container;
  }

  #exec(id: string): Exec {
    const exec = this.#execs.get(id);
    if (exec === undefined) throw new Refused(404, `No such exec instance: ${id}`);
    return exec;
  }

  #authorise({ headers }: IncomingMessage): void {
    if (this.password === undefined) return;
    const text = Buffer.from(String(headers['x-registry-auth'] ?? ''), 'base64url').toString('utf8');
    const { password } = JSON.parse(text === '' ? '{}' : text) as { readonly password?: string };
    if (password !== this.password) throw new Refused(500, 'unauthorized: authentication required');
  }

  #pull(query: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    this.#authorise(request);
    const name = query.get('fromImage') ?? '';
    const tag = query.get('tag') ?? '';
    const full = tag.startsWith('sha256:') ? `${name}@${tag}` : `${name}:${tag}`;
    const found = tag.startsWith('sha256:')
      ? [...this.#registry.entries()].find(([, { digest }]) => digest === tag)
      : [...this.#registry.entries()].find(([key]) => key === tagged(full));
    if (found === undefined) throw new Refused(404, `manifest for ${full} not found: manifest unknown`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(`${JSON.stringify({ status: `Pulling from ${name}`, id: tag })}\r\n`);
    this.#local.set(found[0], found[1]);
    response.end(`${JSON.stringify({ status: `Status: Downloaded newer image for ${full}` })}\r\n`);
  }

  #create(name: string, given: Sent, response: ServerResponse): void {
    const body = (given ?? {}) as unknown as ContainerBody;
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name))
      throw new Refused(400, `Invalid container name (${name})`);
    const owner = this.containers.find((one) => one.name === name);
    if (owner !== undefined)
      throw new Refused(
        409,
        `Conflict. The container name "/${name}" is already in use by container "${owner.id}".`,
      );
    const { Memory: memory = 0, RestartPolicy: restart, PortBindings: bindings = {} } = body.HostConfig ?? {};
    if (memory > 0 && memory < 6 * 1_048_576) throw new Refused(400, 'Minimum memory limit allowed is 6MB');
    if (!['', 'no', 'always', 'on-failure', 'unless-stopped'].includes(restart?.Name ?? ''))
      throw new Refused(400, `invalid restart policy: unknown policy '${restart?.Name ?? ''}'`);
    const port = Object.keys(bindings).find((one) => !/^\d+\/(tcp|udp|sctp)$/.test(one));
    if (port !== undefined) throw new Refused(400, `invalid port specification: "${port}"`);
    if (body.Env?.some((one) => !one.includes('=')) === true)
      throw new Refused(400, 'invalid environment variable');
    const container = new FakeContainer(name, body, this.#image(body.Image));
    this.containers.push(container);
    send(response, 201, { Id: container.id, Warnings: [] });
  }

  #logs(container: FakeContainer, query: URLSearchParams, response: ServerResponse): void {
    const is = (key: string): boolean => ['1', 'true'].includes(query.get(key) ?? '');
    const streams = [...(is('stdout') ? [1] : []), ...(is('stderr') ? [2] : [])];
    if (streams.length === 0) throw new Refused(400, 'Bad parameters: you must choose at least one stream');
    const since = Number(query.get('since') ?? 0) * 1_000;
    response.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' }).flushHeaders();
    const write = ({ stream, bytes, at }: FakeContainer['written'][number]): void => {
      if (streams.includes(stream) && at >= since) response.write(frame(stream, bytes));
    };
    container.written.forEach(write);
    if (!is('follow') || container.status === 'exited') {
      response.end();
      return;
    }
    container.events.on('written', write);
    container.events.once('ended', () => {
      container.events.off('written', write);
      response.end();
    });
  }
}

interface Call {
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: Sent;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}
