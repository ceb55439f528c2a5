import { request, type IncomingMessage } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { accessTo, fakeOperations, messages, SECRET } from '../../test/cli/fake.ts';
import { StreamLimit } from './stream-limit.ts';
import { Served } from './testing/served.ts';

async function* forEver(): AsyncGenerator<number> {
  for (let count = 0; ; count += 1) yield await Promise.resolve(count);
}

describe('what one caller has open at once', () => {
  it('is bounded by what it weighs, for each caller by himself, and counts until it ends', async () => {
    const limit = new StreamLimit(3);
    const [one, two] = [limit.counted(forEver(), 'ana', 1), limit.counted(forEver(), 'ana', 2)];
    await Promise.all([one.next(), two.next()]);
    const more = (): void => {
      limit.refuseMore('ana', 1);
    };
    expect(more).toThrow('ana has as many streams open as one caller may');
    await expect(limit.counted(forEver(), 'ana', 1).next()).rejects.toMatchObject({ code: 'tooMany' });
    limit.refuseMore('ben', 3);
    await one.return(undefined);
    expect(more).not.toThrow();
    await two.return(undefined);
    expect(() => {
      limit.refuseMore('ana', 3);
    }).not.toThrow();
    expect(() => {
      limit.refuseMore('ana', 4);
    }).toThrow();
  });

  it('ends with what it is made of', async () => {
    const limit = new StreamLimit(1);
    const failing = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('gone')) }) };
    await expect(limit.counted(failing, 'ana', 1).next()).rejects.toThrow('gone');
    limit.refuseMore('ana', 1);
  });
});

describe('over TCP', () => {
  const served = Served.forTests();

  it('a caller has 1,024 streams at most, others theirs meanwhile, and he another once one is closed', async () => {
    const fake = fakeOperations({ stream: (_, signal) => messages([], signal) });
    const known = accessTo(fake);
    const named = (name: string) => async () => ({
      ...(await known.holderOf(SECRET)),
      author: { kind: 'token', name } as const,
    });
    const access = { ...known, holderOf: (secret: string) => named(secret)() };
    await served.serve({}, { access, port: 0, rate: { perSecond: 10_000, burst: 10_000 } });
    const port = Number(new URL(served.server?.url ?? '').port);
    const open = (who: string): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${who}` };
        request({ host: '127.0.0.1', port, path: '/api/v1/stream', agent: false, headers }, (answer) => {
          // The first sign of life.
          answer.once('data', () => {
            resolve(answer);
          });
        })
          .on('error', reject)
          .end();
      });
    const opened: IncomingMessage[] = [];
    while (opened.length < 1_024)
      opened.push(...(await Promise.all(Array.from({ length: 128 }, () => open('ana')))));
    const refused = await open('ana');
    const other = await open('ben');
    expect([refused.statusCode, other.statusCode]).toEqual([429, 200]);
    opened.pop()?.destroy();
    await vi.waitFor(
      async () => {
        const again = await open('ana');
        again.destroy();
        expect(again.statusCode).toBe(200);
      },
      { timeout: 20_000, interval: 50 },
    );
    for (const one of [...opened, other]) one.destroy();
  }, 60_000);
});
