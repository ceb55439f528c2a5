import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from '../base/environment.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { containerName, createBody, type ContainerIdentity, type ContainerOrder } from './container-order.ts';
import { isStatus } from './engine-request.ts';
import type { ContainerState, Engine } from './engine.ts';
import { parseImage } from './image-name.ts';
import type { Output } from './log-frames.ts';

/** What a process that stands for a container works with. */
export interface StandInParts {
  readonly engine: Engine;
  readonly order: ContainerOrder;
  readonly identity: ContainerIdentity;
  readonly env: Environment;
  /** Aborted when the container is to end. */
  readonly stop: AbortSignal;
  readonly write: (output: Output, bytes: Uint8Array | string) => void;
}

/** An engine that is updated or restarted comes back within this time. */
const SILENCE_MS = 60_000;
const ASK_AGAIN_MS = 500;
/** What was written last may come after the end. */
const LAST_WORDS_MS = 2_000;

/**
 * Creates a container, passes its output on, asks it to end when told, and removes it when it has ended. Answers its
 * exit status. Throws what keeps it from running.
 */
export async function standIn(parts: StandInParts): Promise<number> {
  const { engine, stop, identity } = parts;
  const name = containerName(identity);
  const id = await create(name, parts);
  try {
    if (stop.aborted) return 0;
    await engine.start(id);
    const ending = endWhenTold(id, parts);
    const output = passOn(id, parts);
    const state = await ended(id, parts);
    ending.callOff();
    await Promise.race([output, pause(LAST_WORDS_MS, undefined, { ref: false })]);
    if (state?.outOfMemory === true) say(parts, `ended by the engine: ${memoryWords(parts.order)}`);
    return state?.exitCode ?? 1;
  } finally {
    await engine.remove(id);
  }
}

async function create(name: string, parts: StandInParts): Promise<string> {
  const { engine, order, identity, env } = parts;
  const body = createBody(order, identity, env);
  try {
    return await engine.create(name, body);
  } catch (cause) {
    const { repository, digest } = parseImage(order.image);
    if (!isStatus(cause, 404) || digest === undefined) throw cause;
    // Somebody has cleared images away. What it is has been decided: no tag is looked at again.
    say(parts, `fetching ${order.image}, which is no longer here`);
    await engine.pull(repository, digest, { signal: parts.stop });
    return engine.create(name, body);
  }
}

/** Asks it to end once told, and ends it when it takes too long. */
function endWhenTold(
  id: string,
  { engine, order, stop, ...rest }: StandInParts,
): { readonly callOff: () => void } {
  const over = new AbortController();
  const end = async (): Promise<void> => {
    await engine.kill(id, order.signal);
    await pause(order.drainMs, undefined, { signal: over.signal });
    await engine.kill(id, 'SIGKILL');
  };
  const begin = (): void => {
    end().catch((cause: unknown) => {
      if (!over.signal.aborted) say(rest, `cannot be asked to end: ${messageOf(cause)}`);
    });
  };
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true, signal: over.signal });
  return {
    callOff: () => {
      over.abort();
    },
  };
}

/** How it ended; undefined when somebody has removed it. An engine that is silent for a while is asked again. */
async function ended(id: string, parts: StandInParts): Promise<ContainerState | undefined> {
  const { engine } = parts;
  let silentSince: number | undefined;
  for (;;) {
    try {
      await engine.wait(id).catch((cause: unknown) => {
        if (!isStatus(cause, 404)) throw cause;
      });
      const state = await engine.state(id);
      if (state?.running !== true) return state;
      silentSince = undefined;
    } catch (cause) {
      silentSince ??= performance.now();
      const isOver = performance.now() - silentSince > SILENCE_MS;
      if (isOver || !isSilence(cause)) throw cause;
    }
    await pause(ASK_AGAIN_MS);
  }
}

/** A connection that ended in the middle, or none at all. */
function isSilence(cause: unknown): boolean {
  return (
    cause instanceof SyntaxError ||
    (cause instanceof Failure && cause.code === 'unreachable') ||
    isBroken(cause)
  );
}

function isBroken(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && ['ECONNRESET', 'EPIPE'].includes(String(cause.code));
}

/** Passes output on for as long as there is some; begins again where a connection broke. */
async function passOn(id: string, { engine, write }: StandInParts): Promise<void> {
  let since = 0;
  for (;;) {
    try {
      for await (const { output, bytes } of engine.logs(id, since)) {
        write(output, bytes);
        since = Math.ceil(Date.now() / 1_000);
      }
      const state = await engine.state(id);
      if (state?.running !== true) return;
    } catch (cause) {
      if (!isSilence(cause)) return;
    }
    await pause(ASK_AGAIN_MS);
  }
}

function memoryWords({ memoryBytes }: ContainerOrder): string {
  const limit = memoryBytes === undefined ? '' : `, limit is ${Math.ceil(memoryBytes / 1_048_576)}Mi`;
  return `it ran out of memory${limit}`;
}

function say({ write }: Pick<StandInParts, 'write'>, message: string): void {
  write('stderr', `coalmine: ${message}\n`);
}
