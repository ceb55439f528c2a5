import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { deadlineIn, waitFor } from './waiting.ts';

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
