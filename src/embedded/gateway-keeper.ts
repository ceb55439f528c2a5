import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../base/failure.ts';
import type { GatewayClient } from '../gateway/client.ts';
import { waitFor, deadlineIn } from '../system/waiting.ts';

/** How often the gateway is asked whether it lives. */
const CHECK_EVERY_MS = 250;

/** Where the gateway of a data directory keeps its state. */
export function gatewayDirOf(dataDir: string): string {
  return join(dataDir, 'gateway');
}

/** What the keeper keeps alive. */
export interface Kept {
  /** Answers when it lives; rejects or hangs when it does not. */
  ping(signal: AbortSignal): Promise<void>;
  /** Finds a living one or starts one. */
  ensure(signal: AbortSignal): Promise<void>;
  onTrouble(message: string): void;
}

/** Starts the gateway again whenever it does not answer, until stopped. Answers a function that stops it. */
export function keepAlive(kept: Kept): () => Promise<void> {
  const stopping = new AbortController();
  const done = keepWatch(kept, stopping.signal);
  return async () => {
    stopping.abort();
    await done;
  };
}

async function keepWatch(kept: Kept, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await kept.ping(AbortSignal.any([signal, deadlineIn(1_000)]));
    } catch {
      await startAgain(kept, signal);
    }
    await waitFor(CHECK_EVERY_MS, signal);
  }
}

async function startAgain(kept: Kept, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await kept.ensure(signal);
  } catch (cause) {
    kept.onTrouble(`the gateway cannot be started: ${messageOf(cause)}`);
  }
}

const LOOK_EVERY_MS = 20;
const ANSWER_MS = 2_000;

/** Settles when a gateway that was told to end does not answer any more: who starts next must not find it. */
export async function untilGone(gateway: Pick<GatewayClient, 'state'>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const isGone = await gateway.state(deadlineIn(ANSWER_MS)).then(
      () => false,
      () => true,
    );
    if (isGone) return;
    await sleep(LOOK_EVERY_MS);
  }
}
