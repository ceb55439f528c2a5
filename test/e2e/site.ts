import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

// Tests and benchmarks run at the repository's root.
const ROOT = path.resolve('.');
const CLI = path.join(ROOT, 'dist/cli/main.js');
const SERVICE = path.join(ROOT, 'test/e2e/service.mjs');
const UP_WITHIN_MS = 60_000;

/** How a version of the test's service behaves; what is absent is as in a good one. */
export interface Behaviour {
  readonly version: string;
  readonly errorRatio?: number;
  readonly slowMs?: number;
  /** So much slower is one of its processes. */
  readonly oneSlowMs?: number;
  readonly crashAfterMs?: number;
  readonly neverListens?: boolean;
  readonly neverReady?: boolean;
  readonly garbage?: boolean;
  readonly hangs?: boolean;
  /** Listens only so long after its start. */
  readonly startMs?: number;
  /** The share of its requests that end in an order. */
  readonly orderRatio?: number;
  /** The same, where it has a button of this colour. */
  readonly orderRatios?: Readonly<Record<string, number>>;
  /** Of a worker, which nobody sends requests to. */
  readonly jobsPerSecond?: number;
  readonly jobErrorRatio?: number;
  readonly queueLag?: number;
}

/** What a command answered. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that has not ended yet. */
export interface Running {
  readonly ended: Promise<Ran>;
  /** What it has printed so far. */
  said(): string;
  /** Ctrl-C. */
  interrupt(): void;
}

/** A release in the history. */
export interface EndedRelease {
  readonly outcome: string;
  readonly reason: string;
}

/** One machine with coalmine on it, driven from outside through the built command. */
export class Site {
  readonly dir: string;
  readonly dataDir: string;
  /** Variables that commands get besides. */
  env: Readonly<Record<string, string>> = {};
  /** The built command that `up` runs. */
  cli = CLI;
  readonly #builds: string[] = [];
  #up: ChildProcess | undefined;

  private constructor(dir: string, dataDir: string) {
    this.dir = dir;
    this.dataDir = dataDir;
  }

  /** `dataDir`: an existing directory to keep the state in, instead of one of the site's own. */
  static async create(dataDir?: string): Promise<Site> {
    const dir = await mkdtemp(path.join(tmpdir(), 'coalmine-e2e-'));
    return new Site(dir, dataDir ?? path.join(dir, 'data'));
  }

  /** Runs `coalmine …` in the site's directory to its end. */
  run(...args: readonly string[]): Promise<Ran> {
    return this.start(...args).ended;
  }

  /** Starts `coalmine …` in the site's directory, so that a test can interrupt it. */
  start(...args: readonly string[]): Running {
    const env = { ...process.env, COALMINE_DATA_DIR: this.dataDir, NO_COLOR: '1', ...this.env };
    const options = { cwd: this.dir, env, timeout: 120_000, maxBuffer: 16 * 1_024 * 1_024 };
    let child: ChildProcess | undefined;
    let said = '';
    const ended = new Promise<Ran>((resolve) => {
      child = execFile(process.execPath, [CLI, ...args], options, (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, out, err });
      });
      child.stdout?.on('data', (text: string) => (said += text));
    });
    return { ended, said: () => said, interrupt: () => child?.kill('SIGINT') };
  }

  /** Runs `coalmine … --output json` and reads the answer; throws when it failed. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, out, err } = await this.run(...args, '--output', 'json');
    if (code !== 0) throw new Error(`coalmine ${args.join(' ')}: exit ${code}\n${err}${out}`);
    return JSON.parse(out) as T;
  }

  /** Like `run`, and throws unless it exits 0. */
  async ok(...args: readonly string[]): Promise<Ran> {
    const ran = await this.run(...args);
    if (ran.code !== 0) throw new Error(`coalmine ${args.join(' ')}: exit ${ran.code}\n${ran.err}${ran.out}`);
    return ran;
  }

  /** Asks the API itself, as any HTTP client may: quicker than a command. */
  api<T>(resource: string): Promise<T> {
    const options = { socketPath: path.join(this.dataDir, 'control.sock'), path: `/api/v1/${resource}` };
    return new Promise((resolve, reject) => {
      const asking = request({ ...options, headers: { host: 'coalmine' }, timeout: 10_000 }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as T);
          else reject(new Error(`GET ${resource}: ${response.statusCode} ${text}`));
        });
      });
      asking.on('timeout', () => asking.destroy(new Error(`GET ${resource}: no answer`)));
      asking.on('error', reject);
      asking.end();
    });
  }

  /** Starts the control process as a child, so that a test can kill it; waits until it says that it is up. */
  async up(...options: readonly string[]): Promise<void> {
    const env = { ...process.env, COALMINE_DATA_DIR: this.dataDir };
    const child = spawn(process.execPath, [this.cli, 'up', '--gateway-port', '0', ...options], {
      cwd: this.dir,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#up = child;
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(
      'coalmine says that it is up',
      () => {
        if (child.exitCode !== null) throw new Error(`coalmine up: exit ${child.exitCode}`);
        return Promise.resolve(said !== '');
      },
      UP_WITHIN_MS,
    );
  }

  /** Another build of the whole of coalmine; answers its command. */
  async otherBuild(name: string): Promise<string> {
    // Below the repository, so that its packages are found.
    const dir = path.join(ROOT, '.test-tools', `${path.basename(this.dir)}-${name}`);
    this.#builds.push(dir);
    await cp(path.join(ROOT, 'dist'), dir, { recursive: true });
    await appendFile(path.join(dir, 'gateway/main.js'), `\n// ${name}\n`);
    return path.join(dir, 'cli/main.js');
  }

  /** kill -9 of the control process alone. */
  async killControl(): Promise<void> {
    const child = this.#up;
    if (child === undefined) throw new Error('the control process is not up');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    this.#up = undefined;
  }

  /** Releases a version of `shop` that behaves so; answers how that ended. */
  async release(behaviour: Behaviour): Promise<EndedRelease> {
    const from = await this.artefact(behaviour);
    const { out, err } = await this.run('release', 'shop', '--from', from, '--wait', '--timeout', '90s');
    const [last] = await this.api<EndedRelease[]>('rollouts/shop/releases');
    if (last === undefined) throw new Error(`no release ended\n${out}${err}\n${await this.logs()}`);
    return last;
  }

  /** Makes an artefact whose processes behave so; answers its directory. */
  async artefact(behaviour: Behaviour): Promise<string> {
    const dir = path.join(this.dir, `artefact-${behaviour.version}`);
    await mkdir(dir, { recursive: true });
    await cp(SERVICE, path.join(dir, 'server.mjs'));
    await writeFile(path.join(dir, 'behaviour.json'), JSON.stringify(behaviour));
    return dir;
  }

  /** Writes coalmine.yaml for a service of this behaviour. `spec` lines replace the defaults of the same key. */
  async declare(behaviour: Behaviour, differences: Readonly<Record<string, string>> = {}): Promise<void> {
    const from = await this.artefact(behaviour);
    const parts: Record<string, string> = {
      workload: `{ process: { from: ${from}, command: [node, server.mjs], replicas: 2, ready: { http: /healthz, within: 5s }, stop: { drain: 3s } } }`,
      traffic: '{ gateway: {} }',
      strategy:
        '{ canary: { steps: [{ weight: 20% }, { analyze: { atLeast: 2s, atMost: 60s } }, { weight: 50% }, { analyze: { atLeast: 2s, atMost: 60s } }] } }',
      analysis:
        '{ warmUp: 1s, checks: [{ name: errors, errors: {}, worseBy: 50%, safe: "5%", floor: 1% }, { name: latency, latency: {}, worseBy: 50% }] }',
      ...differences,
    };
    const spec = Object.entries(parts)
      .filter(([, text]) => text !== '')
      .map(([key, text]) => `  ${key}: ${text}`);
    const document = [
      'apiVersion: coalmine.dev/v1',
      'kind: Rollout',
      'metadata: { name: shop }',
      'spec:',
      ...spec,
      '',
    ];
    await writeFile(path.join(this.dir, 'coalmine.yaml'), document.join('\n'));
  }

  /** The address users ask, from the first gateway listener. */
  async address(): Promise<string> {
    const { address } = await this.api<{ address: string }>('rollouts/shop');
    return address;
  }

  /** What the control process and the gateway wrote; for a failing test's message. */
  async logs(): Promise<string> {
    const read = (name: string): Promise<string> =>
      readFile(path.join(this.dataDir, name), 'utf8').catch(() => '');
    return `${await read('up.log')}\n${await read('gateway/gateway.log')}`;
  }

  /** Ends everything of this site and removes its files. */
  async destroy(): Promise<void> {
    // Without it nothing was ever started here.
    if (existsSync(this.dataDir)) await this.#end();
    for (const dir of [this.dir, ...this.#builds])
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(): Promise<void> {
    const isAnswering = await this.api('rollouts').then(
      () => true,
      () => false,
    );
    if (!isAnswering) await this.up().catch(() => undefined);
    await this.run('down', '--yes');
    this.#up?.kill('SIGKILL');
  }
}

/** Waits until a condition holds, looking often; throws with `what` when it does not within the time. */
export async function until(what: string, holds: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A port of 127.0.0.1 where nobody listens, for a server that is to be told its port. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
