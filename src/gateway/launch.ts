import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, messageOf } from '../base/failure.ts';
import { buildId } from './build-id.ts';
import { gatewayEnvironment } from './processes/environment.ts';
import { gatewayClient, type GatewayClient } from './client.ts';
import type { GatewayState } from './protocol.ts';
import { deadlineIn } from '../system/waiting.ts';

const ANSWERS_WITHIN_MS = 15_000;
const POLL_MS = 20;
const PROBE_MS = 2_000;

/** Where the gateway lives and what runs it. */
export interface LaunchOptions {
  /** The gateway's state directory; made when it is missing. */
  readonly dir: string;
  /** The path of the built `gateway/main.js`; absent where a service manager starts it: it is waited for then. */
  readonly entry?: string;
  /** How many processes serve in a gateway that is started; 1 unless told. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
}

/** A gateway that answers. */
export interface LaunchedGateway {
  readonly client: GatewayClient;
  /** What it said first. */
  readonly state: GatewayState;
  /** True when this call started it. */
  readonly started: boolean;
  /** Why it is not of the program that was asked for. */
  readonly problem?: string;
}

/**
 * Finds the gateway of a directory, or starts one that outlives this process. One that runs another program is
 * succeeded by one of this, under traffic; when that fails it goes on. Safe to call by several processes at
 * once: of two started at the same time one ends by itself. Throws Failure `unreachable` when none comes up.
 */
export async function ensureGateway(options: LaunchOptions): Promise<LaunchedGateway> {
  const dir = resolve(options.dir);
  const client = gatewayClient(dir);
  const running = await probe(client, options.signal);
  if (running !== undefined) return { client, started: false, ...(await renewed(client, running, options)) };
  const pid = options.entry === undefined ? undefined : start(dir, options.entry, options.workers ?? 1);
  const end = performance.now() + ANSWERS_WITHIN_MS;
  while (performance.now() < end) {
    await sleep(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
    const state = await probe(client, options.signal);
    if (state !== undefined) return { client, state, started: pid !== undefined && state.pid === pid };
  }
  throw new Failure('unreachable', `the gateway of ${dir} does not answer`, {
    hint:
      options.entry === undefined
        ? 'Something else is to start it, as systemd does: see why it has not ("coalmine service status").'
        : `Its log is ${join(dir, 'gateway.log')}.`,
  });
}

/** A gateway of this program in the place of the one that runs, if that is of another. */
async function renewed(
  client: GatewayClient,
  running: GatewayState,
  { entry, signal }: LaunchOptions,
): Promise<Pick<LaunchedGateway, 'state' | 'problem'>> {
  if (entry === undefined || !existsSync(entry) || running.build === buildId(entry))
    return { state: running };
  try {
    await client.succeed({ node: process.execPath, entry }, signal);
    return { state: await client.state(signal) };
  } catch (cause) {
    signal?.throwIfAborted();
    return { state: running, problem: `the gateway still runs an earlier program: ${messageOf(cause)}` };
  }
}

async function probe(
  client: GatewayClient,
  signal: AbortSignal | undefined,
): Promise<GatewayState | undefined> {
  const soon = deadlineIn(PROBE_MS);
  const either = signal === undefined ? soon : AbortSignal.any([soon, signal]);
  try {
    return await client.state(either);
  } catch (error) {
    signal?.throwIfAborted();
    // One that is slow to start is asked again.
    if (soon.aborted || (error instanceof Failure && error.code === 'unreachable')) return undefined;
    throw error;
  }
}

/** Starts it in a session of its own, with a file for its output, so that nothing ties it to this process. */
function start(dir: string, entry: string, workers: number): number | undefined {
  if (!existsSync(entry)) {
    throw new Failure('unreachable', `the gateway's program ${entry} is missing`, {
      hint: 'Run npm run build.',
    });
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const output = openSync(join(dir, 'gateway.log'), 'a', 0o600);
  try {
    const child = spawn(process.execPath, [entry, '--dir', dir, '--workers', String(workers)], {
      cwd: dir,
      detached: true,
      stdio: ['ignore', output, output],
      // No secret of this process is the gateway's business.
      env: gatewayEnvironment(),
    });
    child.on('error', () => undefined);
    child.unref();
    return child.pid;
  } finally {
    closeSync(output);
  }
}
