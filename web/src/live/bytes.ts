import { Failure } from '../../../src/client/browser.ts';

/** Three missed heartbeats: the other end of a live stream is gone. */
const SILENCE_MS = 45_000;

/**
 * The pieces of a body as they arrive. Throws Failure `unreachable` when none came for `silenceMs`; a reader that
 * leaves closes the body.
 */
export async function* bytesOf(
  body: ReadableStream<Uint8Array>,
  silenceMs: number = SILENCE_MS,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silenceMs);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(value: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Failure('unreachable', 'coalmine has gone silent'));
    }, ms);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
