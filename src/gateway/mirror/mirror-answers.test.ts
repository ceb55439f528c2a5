import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, proxyFixture, route, send, type StartedProxy } from '../../../test/proxy.ts';
import type { AnswerComparison } from '../../rollout/answer-comparison.ts';
import { FULL_SHARE } from '../../base/share.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { CopySum } from './copy-sum.ts';
import type { ComparedAnswers } from '../protocol.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

const ALL: AnswerComparison = { status: true, headers: true, body: { ignore: [] } };

interface Comparing extends StartedProxy {
  /** Everything compared so far. */
  compared(): ComparedAnswers;
  /** Requests of users to the old version, without those that are sent twice. */
  stable(): number;
}

async function comparing(
  stable: RequestListener,
  shadow: RequestListener,
  compare: AnswerComparison = ALL,
): Promise<Comparing> {
  const mirrors = [
    {
      track: 'shadow' as const,
      revision: 'r1-new' as RevisionId,
      share: FULL_SHARE,
      methods: ['GET', 'HEAD', 'POST'],
      endpoints: [(await upstream(shadow)).endpoint],
      compare,
    },
  ];
  const ends = [(await upstream(stable)).endpoint];
  const started = await proxy([route(ends, { timeoutMs: 1_000, mirrors })]);
  const sum = new CopySum();
  let users = 0;
  const read = (): void => {
    for (const { copies, track, requests } of started.counted()) {
      if (copies !== undefined) sum.add(copies);
      if (track === 'stable') users += requests;
    }
  };
  return {
    ...started,
    compared: () => {
      read();
      const none = { trials: 0, events: 0 };
      return sum.read().compared ?? { copies: none, repeats: none, differences: [] };
    },
    stable: () => {
      read();
      return users;
    },
  };
}

/** Sends requests one after the other until so many answers were compared. */
async function sendUntil(
  gateway: Comparing,
  answers: number,
  path = '/items/17?token=secret',
): Promise<void> {
  await eventually(async () => {
    const { status } = await send(gateway.port, { path });
    expect(status).toBe(200);
    return gateway.compared().copies.trials >= answers;
  }, 'answers are compared');
}

/** Answers JSON, with a time that is never the same. */
const json =
  (more: object = {}): RequestListener =>
  (_req, res) => {
    const body = { id: 7, at: performance.now(), items: [{ name: 'shirt', price: 10 }], ...more };
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

describe('answers to copies', () => {
  it('that differ in nothing but what differs by itself are alike', async () => {
    const gateway = await comparing(json(), json());
    await sendUntil(gateway, 30);
    const { copies, repeats, differences } = gateway.compared();
    expect(copies.events).toBe(0);
    expect(repeats.trials).toBeGreaterThan(0);
    expect(differences).toEqual([]);
  });

  it('that differ are told by path and field, without a value', async () => {
    const gateway = await comparing(json(), json({ items: [{ name: 'shirt', price: 11 }] }));
    await sendUntil(gateway, 10);
    const { copies, differences } = gateway.compared();
    expect(copies.events).toBe(copies.trials);
    expect(differences).toMatchObject([{ method: 'GET', path: '/items/*', field: 'body /items/*/price' }]);
    expect(JSON.stringify(differences)).not.toMatch(/secret|shirt|17|11/);
  });

  it('differ in a status or a header where these are compared', async () => {
    const teapot: RequestListener = (_req, res) => void res.writeHead(418, { 'x-kind': 'pot' }).end();
    const plain: RequestListener = (_req, res) => void res.writeHead(200, { 'x-kind': 'cup' }).end();
    const both = await comparing(plain, teapot);
    await sendUntil(both, 5);
    const fields = both.compared().differences.map(({ field }) => field);
    expect([...fields].sort()).toEqual(['header x-kind', 'status']);
    const none = await comparing(plain, teapot, { status: false, headers: false, body: { ignore: [] } });
    await sendUntil(none, 5);
    expect(none.compared().copies.events).toBe(0);
  });

  it('that do not come differ, and users notice nothing', async () => {
    const crashing: RequestListener = (_req, res) => void res.socket?.destroy();
    const gateway = await comparing(json(), crashing);
    await sendUntil(gateway, 5);
    expect(gateway.compared().differences).toMatchObject([{ field: 'no answer' }]);
  });

  it('are compared without their encoding, and by their bytes where they are no JSON', async () => {
    const page: RequestListener = (_req, res) => void res.end('the same page');
    const packed: RequestListener = (_req, res) =>
      void res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('the same page'));
    const same = await comparing(page, packed);
    await sendUntil(same, 5);
    expect(same.compared().copies.events).toBe(0);
    const other = await comparing(page, (_req, res) => void res.end('another page'));
    await sendUntil(other, 5);
    expect(other.compared().differences).toMatchObject([{ field: 'body' }]);
  });

  it('that are too long to be kept, or claim an encoding they have not, harm nobody', async () => {
    const long: RequestListener = (_req, res) => void res.end('x'.repeat(300_000));
    const gateway = await comparing(long, long);
    await sendUntil(gateway, 5);
    expect(gateway.compared().copies.events).toBe(0);
    const lying: RequestListener = (_req, res) =>
      void res
        .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
        .end('{"a":');
    const garbage = await comparing(json(), lying);
    await sendUntil(garbage, 5);
    expect(garbage.compared().copies.events).toBe(garbage.compared().copies.trials);
  });

  it('are asked of the old version again without being counted there, and never for what writes', async () => {
    const seen: string[] = [];
    const gateway = await comparing((req, res) => {
      seen.push(`${String(req.method)} ${String(req.headers['coalmine-mirror'])}`);
      json()(req, res);
    }, json());
    for (let i = 0; i < 20; i += 1) await send(gateway.port, { method: 'POST', body: 'x' });
    for (let i = 0; i < 20; i += 1) await send(gateway.port);
    await eventually(() => seen.filter((one) => one === 'GET true').length === 20, 'all are repeated');
    expect(seen.filter((one) => one.startsWith('POST'))).toEqual(Array(20).fill('POST undefined'));
    expect(gateway.stable()).toBe(40);
  });

  it('to conditional requests are not compared', async () => {
    const gateway = await comparing(json(), json());
    for (let i = 0; i < 40; i += 1) await send(gateway.port, { headers: { 'if-none-match': '"a"' } });
    await send(gateway.port, { headers: { range: 'bytes=0-1' } });
    expect(gateway.compared().copies.trials).toBe(0);
  });
});
