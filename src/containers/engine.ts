import { once } from 'node:events';
import { Failure } from '../base/failure.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { ask, EngineError, isStatus, openAnswer, type EngineRequest } from './engine-request.ts';
import { logFrames, type Output } from './log-frames.ts';

/** The oldest version of the API that says everything we ask for: Docker 20.10, Podman 4. */
const OLDEST = 41;
/** The newest one we have read. */
const NEWEST = 47;

/** How a container stands. */
export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** Why it could not be started. */
  readonly error: string;
}

/** An image that is on this machine. */
export interface LocalImage {
  readonly id: string;
  /** As in `shop@sha256:…`, one for each registry that it came from. */
  readonly repoDigests: readonly string[];
}

/** A container among those listed. */
export interface ListedContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Docker or Podman, over its socket. What it refuses is thrown as `EngineError`; when it is silent, Failure `unreachable`. */
export class Engine {
  readonly socketPath: string;
  readonly #version: string;
  readonly name: string;

  private constructor(socketPath: string, version: string, name: string) {
    this.socketPath = socketPath;
    this.#version = version;
    this.name = name;
  }

  /** Agrees on a version of the API. Throws Failure `usage` for an engine that is too old. */
  static async connect(socketPath: string, signal?: AbortSignal): Promise<Engine> {
    const asked = { method: 'GET', path: '/_ping', ...(signal === undefined ? {} : { signal }) } as const;
    const answer = await openAnswer(socketPath, asked);
    answer.resume();
    const { 'api-version': theirs, server } = answer.headers;
    const minor = /^1\.(\d+)$/.exec(String(theirs))?.[1];
    if (minor === undefined || Number(minor) < OLDEST) {
      throw new Failure('usage', `the engine at ${socketPath} speaks version ${String(theirs)} of its API`, {
        hint: `coalmine needs 1.${OLDEST}: Docker 20.10, or Podman 4`,
      });
    }
    const version = `1.${Math.min(Number(minor), NEWEST)}`;
    return new Engine(socketPath, version, /libpod|podman/i.test(String(server)) ? 'Podman' : 'Docker');
  }

  /** Undefined when it is not on this machine. */
  async image(name: string, signal?: AbortSignal): Promise<LocalImage | undefined> {
    try {
      const found = await this.#ask('GET', `/images/${pathOf(name)}/json`, signalled(signal));
      if (!isJsonObject(found)) throw new Error('the engine describes an image in another way');
      const digests = Array.isArray(found['RepoDigests']) ? (found['RepoDigests'] as readonly unknown[]) : [];
      return { id: idIn(found), repoDigests: digests.map(String) };
    } catch (cause) {
      if (isStatus(cause, 404)) return undefined;
      throw cause;
    }
  }

  /** The digest that a registry gives an image now; nothing is fetched. */
  async digestAtRegistry(name: string, options: PullOptions): Promise<string | undefined> {
    const { auth, signal } = options;
    const found = await this.#ask('GET', `/distribution/${pathOf(name)}/json`, {
      ...signalled(signal),
      ...authOf(auth),
    });
    const descriptor = isJsonObject(found) ? found['Descriptor'] : undefined;
    const digest = isJsonObject(descriptor) ? descriptor['digest'] : undefined;
    return typeof digest === 'string' ? digest : undefined;
  }

  /** Fetches an image. Progress comes line by line; throws what the registry says against it. */
  async pull(repository: string, tag: string, options: PullOptions): Promise<void> {
    const { auth, signal, onProgress } = options;
    const answer = await openAnswer(this.socketPath, {
      ...this.#request('POST', '/images/create'),
      query: { fromImage: repository, tag },
      ...signalled(signal),
      ...authOf(auth),
    });
    for await (const line of linesOf(answer)) {
      const said: unknown = JSON.parse(line);
      if (!isJsonObject(said)) continue;
      if (typeof said['error'] === 'string') throw new EngineError(500, said['error']);
      if (typeof said['status'] === 'string') onProgress?.(progressText(said));
    }
  }

  /** Answers the new container's id. */
  async create(name: string, body: JsonObject): Promise<string> {
    const made = await this.#ask('POST', '/containers/create', { query: { name }, body });
    return idIn(made);
  }

  async start(id: string): Promise<void> {
    await this.#ask('POST', `/containers/${id}/start`);
  }

  /** Undefined when it is no more. */
  async state(id: string): Promise<ContainerState | undefined> {
    try {
      const found = await this.#ask('GET', `/containers/${id}/json`);
      const state = isJsonObject(found) && isJsonObject(found['State']) ? found['State'] : {};
      return {
        running: state['Running'] === true,
        exitCode: Number(state['ExitCode'] ?? 0),
        outOfMemory: state['OOMKilled'] === true,
        error: typeof state['Error'] === 'string' ? state['Error'] : '',
      };
    } catch (cause) {
      if (isStatus(cause, 404)) return undefined;
      throw cause;
    }
  }

  /** Settles when it does not run any more; throws when the engine falls silent meanwhile. */
  async wait(id: string): Promise<void> {
    await this.#ask('POST', `/containers/${id}/wait`, { query: { condition: 'not-running' } });
  }

  /** What it writes, from a moment on (seconds since 1970), until it ends. */
  async *logs(
    id: string,
    since: number,
  ): AsyncIterable<{ readonly output: Output; readonly bytes: Uint8Array }> {
    const answer = await openAnswer(this.socketPath, {
      ...this.#request('GET', `/containers/${id}/logs`),
      query: { follow: 'true', stdout: 'true', stderr: 'true', since: String(since) },
    });
    yield* logFrames(answer);
  }

  /** Safe for one that has ended, or is no more. */
  async kill(id: string, signal: string): Promise<void> {
    await this.#ask('POST', `/containers/${id}/kill`, { query: { signal } }).catch(unless(404, 409));
  }

  /** Ends it if it runs. Safe to repeat. */
  async remove(id: string): Promise<void> {
    await this.#ask('DELETE', `/containers/${id}`, { query: { force: 'true', v: 'true' } }).catch(
      unless(404, 409),
    );
  }

  /** All that carry a label of this value, whether they run or not. */
  async list(label: string, value: string): Promise<readonly ListedContainer[]> {
    const filters = JSON.stringify({ label: [`${label}=${value}`] });
    const found = await this.#ask('GET', '/containers/json', { query: { all: 'true', filters } });
    return (Array.isArray(found) ? (found as readonly unknown[]) : []).filter(isJsonObject).map((one) => ({
      id: idIn(one),
      labels: (isJsonObject(one['Labels']) ? one['Labels'] : {}) as Readonly<Record<string, string>>,
    }));
  }

  /** Runs a command in a container to its end, and answers its status; what it prints is nobody's. */
  async exec(container: string, command: readonly string[]): Promise<number> {
    const made = await this.#ask('POST', `/containers/${container}/exec`, {
      body: { Cmd: command, AttachStdout: true, AttachStderr: true },
    });
    const id = idIn(made);
    const answer = await openAnswer(this.socketPath, {
      ...this.#request('POST', `/exec/${id}/start`),
      body: { Detach: false, Tty: false },
    });
    answer.resume();
    await once(answer, 'close');
    const ended = await this.#ask('GET', `/exec/${id}/json`);
    return isJsonObject(ended) && typeof ended['ExitCode'] === 'number' ? ended['ExitCode'] : 1;
  }

  #ask(method: EngineRequest['method'], path: string, more: Partial<EngineRequest> = {}): Promise<unknown> {
    return ask(this.socketPath, { ...this.#request(method, path), ...more });
  }

  #request(method: EngineRequest['method'], path: string): EngineRequest {
    return { method, path: `/v${this.#version}${path}` };
  }
}

/** How an image is fetched. */
export interface PullOptions {
  /** The header that says who asks. */
  readonly auth?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

function idIn(answer: unknown): string {
  const id = isJsonObject(answer) ? answer['Id'] : undefined;
  if (typeof id === 'string' && id !== '') return id;
  throw new Error('the engine answers without an id');
}

function signalled(signal: AbortSignal | undefined): Pick<EngineRequest, 'signal'> {
  return signal === undefined ? {} : { signal };
}

function authOf(auth: string | undefined): Pick<EngineRequest, 'headers'> {
  return auth === undefined ? {} : { headers: { 'x-registry-auth': auth } };
}

/** Slashes and colons of an image's name are part of the path. */
function pathOf(name: string): string {
  return encodeURI(name);
}

function unless(...statuses: readonly number[]) {
  return (cause: unknown): void => {
    if (!isStatus(cause, ...statuses)) throw cause;
  };
}

function progressText(said: Readonly<Record<string, Json | undefined>>): string {
  const { status, id, progress } = said;
  return [id, status, progress].filter((part) => typeof part === 'string').join(' ');
}

async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of stream) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}
