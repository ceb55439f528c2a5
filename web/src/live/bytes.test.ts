import { expect, it } from 'vitest';
import { bytesOf } from './bytes.ts';

function streamOf(...texts: readonly string[]): {
  body: ReadableStream<Uint8Array>;
  isCancelled: () => boolean;
} {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
    },
    cancel() {
      cancelled = true;
    },
  });
  return { body, isCancelled: () => cancelled };
}

it('gives up on a body that has gone silent, and closes it', async () => {
  const { body, isCancelled } = streamOf('a', 'b');
  const heard: string[] = [];
  const reading = (async () => {
    for await (const piece of bytesOf(body, 20)) heard.push(new TextDecoder().decode(piece));
  })();
  await expect(reading).rejects.toMatchObject({ code: 'unreachable' });
  expect(heard).toEqual(['a', 'b']);
  expect(isCancelled()).toBe(true);
});

it('closes the body when its reader leaves', async () => {
  const { body, isCancelled } = streamOf('a', 'b');
  for await (const piece of bytesOf(body)) {
    expect(piece).toHaveLength(1);
    break;
  }
  expect(isCancelled()).toBe(true);
});
