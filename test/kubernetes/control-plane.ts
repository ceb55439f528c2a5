import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeClient } from '../../src/kube/api-client.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { freePort } from '../tools.ts';
import { apiServerArgs, controllerManagerArgs, etcdArgs, kwokArgs, schedulerArgs } from './arguments.ts';
import { ADMIN_TOKEN, makeCredentials, type PlaneFiles } from './credentials.ts';
import { addNode, seeDeploymentReady } from './first-node.ts';
import { Program } from './program.ts';
import type { Programs } from './programs.ts';

const START_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 50;

/** A real Kubernetes API server, and, unless it is bare, all that makes pods of Deployments: the kubelets alone are faked. */
export interface ControlPlane {
  /** Of a user who may do everything. */
  readonly kubeconfig: string;
  readonly server: string;
  /** Where its files and logs are. */
  readonly dir: string;
  readonly client: KubeClient;
  /** Kills the API server and starts it anew, at the same address; answers when it is ready. */
  restartApiServer(): Promise<void>;
  /** Kills all of it. */
  stop(): Promise<void>;
}

/** What is to be started. */
export interface PlaneOptions {
  readonly programs: Programs;
  /** True: only etcd and the API server, with no controllers. */
  readonly bare?: boolean;
}

/** Starts a control plane: with a Node that is ready, where the pods of a Deployment get ready. */
export async function startControlPlane(options: PlaneOptions): Promise<ControlPlane> {
  const dir = await mkdtemp(join(tmpdir(), 'coalmine-kubernetes-'));
  const port = await freePort();
  const server = `https://127.0.0.1:${port}`;
  const files = await makeCredentials(dir, server);
  const client = kubeClient(await loadKubeconfig({ path: files.kubeconfig }));
  const ca = await readFile(files.certificate, 'utf8');
  const plane = new Plane({ programs: options.programs, dir, port, files, client, server, ca });
  try {
    await plane.start(options.bare === true);
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return plane;
}

interface PlaneParts {
  readonly programs: Programs;
  readonly dir: string;
  readonly port: number;
  readonly files: PlaneFiles;
  readonly client: KubeClient;
  readonly server: string;
  readonly ca: string;
}

class Plane implements ControlPlane {
  readonly #parts: PlaneParts;
  readonly #running: Program[] = [];
  #etcdPort = 0;
  #apiServer: Program | undefined;

  constructor(parts: PlaneParts) {
    this.#parts = parts;
  }

  get kubeconfig(): string {
    return this.#parts.files.kubeconfig;
  }

  get server(): string {
    return this.#parts.server;
  }

  get dir(): string {
    return this.#parts.dir;
  }

  get client(): KubeClient {
    return this.#parts.client;
  }

  async start(bare: boolean): Promise<void> {
    const { files, server, client, dir } = this.#parts;
    this.#etcdPort = await freePort();
    this.#run('etcd', etcdArgs({ dir, port: this.#etcdPort, peerPort: await freePort() }));
    await this.#startApiServer();
    if (bare) return;
    this.#run('kube-controller-manager', controllerManagerArgs({ files, port: await freePort() }));
    this.#run('kube-scheduler', schedulerArgs({ files, port: await freePort() }));
    this.#run('kwok', kwokArgs({ files, server }));
    const within = AbortSignal.timeout(START_WITHIN_MS);
    await addNode(client, within);
    await this.#until('the pods of a Deployment are ready', () => seeDeploymentReady(client, within));
  }

  async restartApiServer(): Promise<void> {
    await this.#apiServer?.stop();
    await this.#startApiServer();
  }

  async stop(): Promise<void> {
    await this.client.close();
    // The API server before what it keeps its data in: it would be long about ending without.
    for (const program of [...this.#running].reverse()) await program.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  async #startApiServer(): Promise<void> {
    const { files, port } = this.#parts;
    this.#apiServer = this.#run('kube-apiserver', apiServerArgs({ files, port, etcdPort: this.#etcdPort }));
    await this.#until('the API server is ready', () => this.#isReady());
  }

  /** Ready is what it says itself, after the last of its hooks, which makes the roles that RBAC begins with. */
  #isReady(): Promise<boolean> {
    const { server, ca } = this.#parts;
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const asked = get(`${server}/readyz`, { ca, headers, agent: false, timeout: 5_000 }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.on('timeout', () => asked.destroy());
      asked.on('error', () => {
        resolve(false);
      });
    });
  }

  #run(name: keyof Programs, args: readonly string[]): Program {
    const program = new Program(this.#parts.programs[name], args, { name, dir: this.dir });
    this.#running.push(program);
    return program;
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + START_WITHIN_MS;
    while (!(await isSo())) {
      for (const program of this.#running) program.check();
      if (performance.now() > end)
        throw new Error(`not within ${START_WITHIN_MS} ms: ${what}\n${this.#logs()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #logs(): string {
    return this.#running.map((program) => `--- ${program.name}\n${program.lastLines()}`).join('\n');
  }
}
