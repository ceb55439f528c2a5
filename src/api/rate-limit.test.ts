import { expect, it } from 'vitest';
import { accessTo, fakeOperations, SECRET } from '../../test/cli/fake.ts';
import { RateLimit } from './rate-limit.ts';
import { Served } from './testing/served.ts';

const served = Served.forTests();

it('a caller may ask so much at once, and so much for ever; another is not held up by that', () => {
  let now = 0;
  const limit = new RateLimit({ perSecond: 10, burst: 3 }, () => now);
  const asks = (caller: string, times: number): number => {
    let done = 0;
    for (let time = 0; time < times; time += 1) {
      try {
        limit.take(caller);
        done += 1;
      } catch {
        continue;
      }
    }
    return done;
  };
  expect(asks('ci', 9)).toBe(3);
  expect(asks('ana', 1)).toBe(1);
  now += 100;
  expect(asks('ci', 9)).toBe(1);
  for (let second = 0; second < 50; second += 1) {
    now += 200;
    expect(asks('ci', 9)).toBe(2);
  }
  now += 60_000;
  expect(asks('ci', 9)).toBe(3);
});

it('over TCP who asks too much is answered 429 with Retry-After; over the socket nobody is', async () => {
  const rate = { perSecond: 0.001, burst: 3 };
  await served.serve({}, { access: accessTo(fakeOperations()), port: 0, rate });
  const { url = '' } = served.server ?? {};
  const ask = (secret: string) =>
    fetch(`${url}/api/v1/rollouts`, { headers: { authorization: `Bearer ${secret}` } });
  for (const status of [200, 200, 200, 429]) {
    const answer = await ask(SECRET);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(status === 429 ? '1' : null);
  }
  // Who is not known is one caller more, whatever he sends.
  const strangers = [];
  for (const secret of ['a', 'b', 'c', 'd']) strangers.push((await ask(secret)).status);
  expect(strangers).toEqual([401, 401, 401, 429]);
  for (let time = 0; time < 5; time += 1) expect((await served.ask('/api/v1/rollouts')).status).toBe(200);
});
