import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { deadlineIn, onAbort, sharedDeadline, waitFor } from './waiting.ts';

describe('a deadline', () => {
  it('comes, though garbage is collected before and only a combination of it is still held', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const combined = AbortSignal.any([new AbortController().signal, deadlineIn(100)]);
    const never = waitFor(20_000, combined);
    await waitFor(20, new AbortController().signal);
    collectGarbage();
    expect(await never).toBe(false);
    expect(combined.reason).toMatchObject({ name: 'TimeoutError' });
  });
});

describe('a shared deadline', () => {
  it('is one for those who ask at the same time, and a later one for those who ask later', async () => {
    const deadline = sharedDeadline(1_000);
    const first = deadline();
    expect(deadline()).toBe(first);
    await waitFor(1_000 / 50 + 5, new AbortController().signal);
    const second = deadline();
    expect(second).not.toBe(first);
    await new Promise((resolve) =>
      onAbort(first, () => {
        resolve(undefined);
      }),
    );
    expect(second.aborted).toBe(false);
  });
});
