import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { exposition } from '../counting/exposition.ts';
import { Totals } from '../counting/totals.ts';
import { eventually, named, part, proxyFixture, route, send } from '../../../test/proxy.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

/** A process that answers when it is told to. */
async function slow() {
  const open: ServerResponse[] = [];
  const { endpoint } = await upstream((_, res) => open.push(res));
  const release = (): void => {
    for (const res of open.splice(0)) res.end('served');
  };
  return { endpoint, open, release };
}

describe('a process that may have so many requests at once', () => {
  it('gets no more; what is too much is answered at once, and counted as an error of its track', async () => {
    const [one, two] = [await slow(), await slow()];
    const started = await proxy([route([one.endpoint, two.endpoint], { maxRequests: 3 })]);
    const { port } = started;
    const taken = Array.from({ length: 6 }, () => send(port));
    await eventually(() => one.open.length + two.open.length === 6, 'both have theirs');
    expect([one.open.length, two.open.length]).toEqual([3, 3]);
    const { status, body, headers } = await send(port);
    expect([status, body, headers['retry-after']]).toEqual([
      503,
      '503 too many requests are under way\n',
      '1',
    ]);
    one.release();
    two.release();
    expect((await Promise.all(taken)).map((one) => one.body)).toEqual(Array(6).fill('served'));
    expect(started.counted()).toMatchObject([{ track: 'stable', requests: 7, errors: 1, assigned: 7 }]);
    const again = send(port);
    await eventually(() => one.open.length + two.open.length === 1, 'there is a place again');
    one.release();
    two.release();
    expect((await again).status).toBe(200);
  });

  it('tells how often, in the metrics and in the access log', async () => {
    const one = await slow();
    const path = join(await mkdtemp(join(tmpdir(), 'gateway-limits-')), 'access.log');
    const accessLog = { path, maxBytes: 1_000_000, keep: 1 };
    const started = await proxy([route([one.endpoint], { maxRequests: 1, accessLog })]);
    const taken = send(started.port);
    await eventually(() => one.open.length === 1, 'one is served');
    for (let i = 0; i < 2; i += 1) expect((await send(started.port)).status).toBe(503);
    one.release();
    await taken;
    const totals = new Totals();
    for (const delta of started.counted()) totals.add(delta);
    const facts = { configVersion: 1, workers: 1, restarts: 0 };
    expect(
      exposition(
        totals.read(() => 0),
        facts,
      ),
    ).toMatch(/^coalmine_gateway_too_busy_total\{rollout="shop",track="stable",[^}]*\} 2$/m);
    await started.table.closeLogs();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const told = lines.map((line) => JSON.parse(line) as { status: number; tooBusy?: boolean });
    expect(told.map(({ status, tooBusy }) => [status, tooBusy])).toEqual([
      [503, true],
      [503, true],
      [200, undefined],
    ]);
    await rm(dirname(path), { recursive: true });
  });

  it('leaves what it cannot bear to no other track', async () => {
    const canary = await slow();
    const stable = await upstream(named('stable'));
    const parts = [part('canary', 99_999, [canary.endpoint]), part('stable', 1, [stable.endpoint])];
    const { port } = await proxy([route([], { parts, maxRequests: 1 })], {}, { random: () => 0.5 });
    const taken = send(port);
    await eventually(() => canary.open.length === 1, 'it has one');
    expect((await send(port)).status).toBe(503);
    canary.release();
    expect((await taken).body).toBe('served');
  });

  it('lets requests try again after a moment, where the Rollout wants that', async () => {
    const one = await slow();
    const retries = { attempts: 10, on: ['connect' as const] };
    const { port } = await proxy([route([one.endpoint], { maxRequests: 1, retries })]);
    const [first, second] = [send(port), send(port)];
    await eventually(() => one.open.length === 1, 'one is served');
    one.release();
    await eventually(() => one.open.length === 1, 'the other has come');
    one.release();
    expect([(await first).body, (await second).body]).toEqual(['served', 'served']);
  });

  it('leaves it to the old system where a path falls back to that', async () => {
    const one = await slow();
    const old = await upstream(named('old'));
    const { host, port: oldPort } = old.endpoint;
    const to = { kind: 'newWithFallback' as const, legacy: { host, port: oldPort } };
    const { port } = await proxy([route([one.endpoint], { maxRequests: 1, paths: [{ path: '/', to }] })]);
    const taken = send(port);
    await eventually(() => one.open.length === 1, 'one is served');
    expect((await send(port)).body).toBe('old');
    one.release();
    await taken;
  });
});
