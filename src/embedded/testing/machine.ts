import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Condition } from '../../api/conditions.ts';
import type { ApplyView } from '../../api/resources.ts';
import type { JsonObject } from '../../base/json.ts';
import type { RolloutRecord } from '../../controller/ports.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { silentLog } from '../../telemetry/log.ts';
import type { Admitted } from '../../api/access/caller.ts';
import { Dashboard } from '../dashboard.ts';
import { EmbeddedOperations, type OperationsParts } from '../operations.ts';
import { Runtime } from '../runtime.ts';
import { BrowserSessions } from '../sessions.ts';
import { Tokens } from '../tokens.ts';

/** Who asks for what tests ask for. */
const TESTER: Admitted = {
  author: { kind: 'user', name: 'tester' },
  role: 'admin',
  groups: [],
  by: 'socket',
};

const PATIENCE = { timeout: 20_000, interval: 20 };

/** How a Rollout of the test's service differs from a plain one; fields of `spec` replace the usual ones. */
export interface Declared {
  /** Fields of the process workload. */
  readonly process?: JsonObject;
  readonly spec?: JsonObject;
}

/** What an instance of the service says of itself. */
export interface Said {
  readonly version: string;
  readonly cwd: string;
  readonly asked: Readonly<Record<string, number>>;
}

/** coalmine on a directory of its own, within the test's process. */
export class Machine {
  readonly home: string;
  readonly dataDir: string;
  readonly #gatewayEntry: string;
  #running: { runtime: Runtime; operations: EmbeddedOperations } | undefined;

  private constructor(home: string, gatewayEntry: string) {
    this.home = home;
    this.dataDir = join(home, 'data');
    this.#gatewayEntry = gatewayEntry;
  }

  static async make(gatewayEntry: string): Promise<Machine> {
    const machine = new Machine(await mkdtemp(join(tmpdir(), 'coalmine-embedded-')), gatewayEntry);
    await machine.start();
    return machine;
  }

  get runtime(): Runtime {
    if (this.#running === undefined) throw new Error('it does not run');
    return this.#running.runtime;
  }

  get operations(): EmbeddedOperations {
    if (this.#running === undefined) throw new Error('it does not run');
    return this.#running.operations;
  }

  /** Starts the control process's work, again after `stop`. */
  async start(): Promise<void> {
    const runtime = await Runtime.start({
      dataDir: this.dataDir,
      gatewayHost: '127.0.0.1',
      gatewayPort: 0,
      gatewayTlsPort: 0,
      gatewayWorkers: 1,
      gatewayEntry: this.#gatewayEntry,
      containerEntry: 'none is run here',
      log: silentLog,
      signal: new AbortController().signal,
    });
    this.#running = { runtime, operations: new EmbeddedOperations(partsOf(runtime), TESTER) };
  }

  /** What is done only while a condition holds. */
  onCondition(condition: Condition): EmbeddedOperations {
    return new EmbeddedOperations(partsOf(this.runtime), TESTER, condition);
  }

  async stop(everything: boolean): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.runtime.stop(everything);
  }

  async dispose(): Promise<void> {
    await this.stop(true);
    await rm(this.home, { recursive: true, force: true });
  }

  /** Writes a version of the service, and answers its directory. */
  async version(version: string, files: readonly string[] = []): Promise<string> {
    const dir = join(this.home, 'versions', version);
    await mkdir(dir, { recursive: true });
    for (const file of ['service.mjs', 'wait.mjs'])
      await copyFile(fileURLToPath(new URL(file, import.meta.url)), join(dir, file));
    await writeFile(join(dir, 'version'), version);
    for (const file of files) await writeFile(join(dir, file), '');
    return dir;
  }

  apply(document: JsonObject): Promise<ApplyView> {
    return this.operations.apply({ document });
  }

  /** What is stored under a name. */
  async record(name: string): Promise<RolloutRecord> {
    const record = await this.runtime.store.get(name);
    if (record === undefined) throw new Error(`there is no ${name}`);
    return record;
  }

  async untilStable(name: string, revision: RevisionId): Promise<void> {
    await this.until(async () => {
      const { stable, phase } = (await this.record(name)).status;
      return stable === revision && phase === 'Healthy';
    });
  }

  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    await expect.poll(holds, PATIENCE).toBe(true);
  }

  /** Asks one instance of a revision directly; undefined while none is ready. */
  async ask(rollout: string, revision: RevisionId, path = '/healthz'): Promise<Said | undefined> {
    const [endpoint] = this.runtime.supervisor.endpoints({ rollout, revision });
    if (endpoint === undefined) return undefined;
    const response = await fetch(`http://127.0.0.1:${endpoint.port}${path}`);
    return (await response.json()) as Said;
  }

  /** The revisions whose artefacts are on the disk. */
  async artefacts(): Promise<readonly string[]> {
    const names = await readdir(join(this.dataDir, 'revisions'));
    return names.filter((name) => name.endsWith('.env.json')).map((name) => name.replace('.env.json', ''));
  }

  /** A build that waits, and a way to let it end. */
  gate(name: string): Gate {
    const path = join(this.home, `${name}.gate`);
    return {
      process: { build: [process.execPath, 'wait.mjs'], env: { GATE: path } },
      begun: () => this.until(() => existsSync(`${path}.begun`)),
      open: () => writeFile(path, ''),
      fail: async () => {
        await writeFile(`${path}.fails`, '');
        await writeFile(path, '');
      },
    };
  }
}

function partsOf(runtime: Runtime): OperationsParts {
  const { store, supervisor, controller, catalogue, deployment, shown, uploads, closing } = runtime;
  const tokens = new Tokens(store, Date.now);
  return {
    store,
    supervisor,
    controller,
    catalogue,
    deployment,
    hooks: runtime.errands,
    shown,
    uploads,
    tokens,
    sessions: new BrowserSessions({ store, tokens, now: Date.now }),
    dashboard: new Dashboard({ link: () => ({ code: 'none', expiresAt: 0 }) }, () => undefined),
    closing,
    system: () => Promise.reject(new Error('not asked for here')),
    shutDown: () => undefined,
  };
}

/** A build that lasts as long as a test wants. */
export interface Gate {
  /** Fields of the process workload that is built so. */
  readonly process: { readonly build: readonly string[]; readonly env: Readonly<Record<string, string>> };
  begun(): Promise<void>;
  open(): Promise<void>;
  fail(): Promise<void>;
}

/** A Rollout of the service in `from`, without traffic and replaced at once, unless told otherwise. */
export function aDocument(
  name: string,
  from: string,
  { process: fields = {}, spec = {} }: Declared = {},
): JsonObject {
  return {
    apiVersion: 'coalmine.dev/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: {
      workload: {
        process: {
          from,
          command: [process.execPath, 'service.mjs'],
          replicas: 1,
          ready: { http: '/healthz', every: '100ms' },
          stop: { drain: '1s' },
          ...fields,
        },
      },
      strategy: { recreate: {} },
      ...spec,
    },
  };
}
