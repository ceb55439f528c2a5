import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../base/failure.ts';
import { gatewayClient, type GatewayClient } from './client.ts';
import type { GatewayState } from './protocol.ts';

const ANSWERS_WITHIN_MS = 15_000;
const POLL_MS = 20;
const PROBE_MS = 2_000;

/** Where the gateway lives and what runs it. */
export interface LaunchOptions {
  /** The gateway's state directory; made when it is missing. */
  readonly dir: string;
  /** The path of the built `gateway/main.js`. */
  readonly entry: string;
  readonly signal?: AbortSignal;
}

/** A gateway that answers. */
export interface LaunchedGateway {
  readonly client: GatewayClient;
  /** What it said first. */
  readonly state: GatewayState;
  /** True when this call started it. */
  readonly started: boolean;
}

/**
 * Finds the gateway of a directory, or starts one that outlives this process. Safe to call by several processes at
 * once: of two started at the same time one ends by itself. Throws Failure `unreachable` when none comes up.
 */
export async function ensureGateway(options: LaunchOptions): Promise<LaunchedGateway> {
  const dir = resolve(options.dir);
  const client = gatewayClient(dir);
  const running = await probe(client, options.signal);
  if (running !== undefined) return { client, state: running, started: false };
  if (!existsSync(options.entry)) {
    throw new Failure('unreachable', `the gateway's program ${options.entry} is missing`, {
      hint: 'Run npm run build.',
    });
  }
  const pid = start(dir, options.entry);
  const end = performance.now() + ANSWERS_WITHIN_MS;
  while (performance.now() < end) {
    await sleep(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
    const state = await probe(client, options.signal);
    if (state !== undefined) return { client, state, started: state.pid === pid };
  }
  throw new Failure('unreachable', `the gateway of ${dir} does not answer`, {
    hint: `Its log is ${join(dir, 'gateway.log')}.`,
  });
}

async function probe(
  client: GatewayClient,
  signal: AbortSignal | undefined,
): Promise<GatewayState | undefined> {
  const soon = AbortSignal.timeout(PROBE_MS);
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
function start(dir: string, entry: string): number | undefined {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const output = openSync(join(dir, 'gateway.log'), 'a', 0o600);
  try {
    const child = spawn(process.execPath, [entry, '--dir', dir], {
      cwd: dir,
      detached: true,
      stdio: ['ignore', output, output],
      // No secret of this process is the gateway's business.
      env: { PATH: process.env['PATH'] ?? '' },
    });
    child.on('error', () => undefined);
    child.unref();
    return child.pid;
  } finally {
    closeSync(output);
  }
}
