import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Failure } from '../src/base/failure.ts';
import type { GatewayClient } from '../src/gateway/client.ts';
import { ensureGateway, type LaunchedGateway } from '../src/gateway/launch.ts';
import type { GatewayConfig, GatewayRoute, GatewayState } from '../src/gateway/protocol.ts';
import { eventually } from './proxy.ts';

/** A gateway program for tests. */
export interface BuiltGateway {
  /** What `ensureGateway` takes as `entry`. */
  readonly entry: string;
  dispose(): Promise<void>;
}

/** Bundles the gateway's process into a temporary directory, everything it needs included. */
export async function buildGateway(): Promise<BuiltGateway> {
  const dir = await mkdtemp(join(tmpdir(), 'coalmine-gateway-'));
  const entry = join(dir, 'main.cjs');
  await build({
    // Tests and benchmarks run at the repository's root.
    entryPoints: [resolve('src/gateway/main.ts')],
    outfile: entry,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  return { entry, dispose: () => rm(dir, { recursive: true, force: true }) };
}

/** A state directory with the gateways that tests start in it. */
export class GatewayHome {
  readonly dir: string;
  readonly entry: string;
  readonly #pids = new Set<number>();

  private constructor(dir: string, entry: string) {
    this.dir = dir;
    this.entry = entry;
  }

  static async make(built: BuiltGateway): Promise<GatewayHome> {
    return new GatewayHome(await mkdtemp(join(tmpdir(), 'coalmine-gw-')), built.entry);
  }

  /** Finds or starts the gateway. */
  async gateway(workers = 1): Promise<LaunchedGateway> {
    const launched = await ensureGateway({ dir: this.dir, entry: this.entry, workers });
    this.note(launched.state);
    return launched;
  }

  /** Makes the gateway serve on 127.0.0.1, and answers the port. */
  async serve(client: GatewayClient, version: number, routes: readonly GatewayRoute[]): Promise<number> {
    const state = await client.apply(configOf(version, routes));
    this.note(state);
    return portOf(state);
  }

  /** Remembers processes to be ended with the test. */
  note(state: GatewayState): void {
    for (const pid of [state.pid, ...state.workers.map((worker) => worker.pid)]) this.#pids.add(pid);
  }

  /** Ends every process and removes the directory. */
  async dispose(): Promise<void> {
    for (const pid of this.#pids) kill(pid);
    await eventually(() => [...this.#pids].every((pid) => !isAlive(pid)), 'the gateway is gone');
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** A config that listens on one port of 127.0.0.1. */
export function configOf(version: number, routes: readonly GatewayRoute[], port = 0): GatewayConfig {
  return { version, listen: [{ host: '127.0.0.1', port }], routes };
}

/** The port in use of the first address. */
export function portOf(state: GatewayState): number {
  return state.listening[0]?.boundPort ?? 0;
}

/** Sends a signal to a process that may be gone. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

/** True while a process can run; one that has ended and was not yet collected by its parent cannot. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The Failure a promise ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const outcome = await promise.catch((thrown: unknown) => thrown);
  if (!(outcome instanceof Failure)) throw new Error(`no failure: ${String(outcome)}`);
  return outcome;
}
