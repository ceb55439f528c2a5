import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { configOf, GatewayHome, kill, type BuiltGateway } from '../../test/gateway.ts';
import { eventually, part, route } from '../../test/proxy.ts';
import { FULL_SHARE } from '../../src/base/share.ts';
import { gatewayClient, type GatewayClient } from '../../src/gateway/client.ts';
import type { GatewayConfig } from '../../src/gateway/protocol.ts';
import { startRivals, startVersions, type RunningProxy, type Versions } from './rivals.ts';

const CONNECTIONS = 32;
const COOKIE = 'cm=K-Dzpq7krHbABgdS7NRh5Q';
const CANARY_WEIGHT = FULL_SHARE / 10;
/** Of the functions that take most of the time, so many are shown. */
const SHOWN_FUNCTIONS = 12;
const TARGET = 1;

/** How long it may take. */
export interface ComparisonOptions {
  readonly rounds: number;
  readonly roundSeconds: number;
}

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly failed: number;
}

/**
 * Our gateway beside nginx, HAProxy and Envoy, a worker each, in turns: routes by path, a tenth of the requests to another
 * version, kept connections, request ids, X-Forwarded-For. What each counts differs: our gateway and Envoy keep histograms for
 * each version, our gateway users too. Prints ratios, and where our gateway's time goes if it misses its target.
 */
export async function compareProxies(built: BuiltGateway, options: ComparisonOptions): Promise<void> {
  const home = await GatewayHome.make(built);
  const { versions, stop } = await startVersions();
  const rivals = await startRivals(versions);
  try {
    const { client } = await home.gateway();
    const port = await home.serve(client, 1, configFor(versions).routes);
    const ours: RunningProxy = {
      name: 'coalmine',
      port,
      pids: async () => (await client.state()).workers.map(({ pid }) => pid),
      stop: () => Promise.resolve(),
    };
    const measured = await inTurns([ours, ...rivals], options);
    show(measured, options);
    const envoy = measured.get('Envoy');
    if (envoy === undefined) return;
    const ratio = ratioOf(measured, 'coalmine', 'Envoy');
    console.log(
      `target: ${TARGET.toFixed(1)} × the requests a second of Envoy; reached ${ratio.toFixed(2)} ×${ratio < TARGET ? ', which MISSES it' : ''}`,
    );
    if (ratio < TARGET) await showProfile(built, versions, options.roundSeconds);
  } finally {
    await Promise.all([stop(), ...rivals.map((rival) => rival.stop())]);
    await home.dispose();
  }
}

function configFor({ stable, canary }: Versions): GatewayConfig {
  const end = (id: string, port: number) => ({ id, host: '127.0.0.1', port });
  const parts = [
    part('stable', FULL_SHARE - CANARY_WEIGHT, [end('stable', stable)]),
    part('canary', CANARY_WEIGHT, [end('canary', canary)]),
  ];
  return configOf(1, [route([], { path: '/shop', sticky: { cookie: 'cm' }, parts })]);
}

/** So that what else the machine does falls on all alike. The first round warms up. */
async function inTurns(
  proxies: readonly RunningProxy[],
  { rounds, roundSeconds }: ComparisonOptions,
): Promise<Map<string, Measured[]>> {
  const measured = new Map<string, Measured[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const proxy of proxies) {
      const one = await measure(proxy, round === 0 ? 1 : roundSeconds);
      if (round > 0) measured.set(proxy.name, [...(measured.get(proxy.name) ?? []), one]);
    }
  }
  return measured;
}

async function measure(proxy: RunningProxy, seconds: number): Promise<Measured> {
  const pids = await proxy.pids();
  const before = cpuMsOf(pids);
  const said = await wrk(proxy.port, seconds);
  const cpuMs = cpuMsOf(pids) - before;
  const number = (pattern: RegExp): number => Number(pattern.exec(said)?.[1] ?? NaN);
  const requests = number(/(\d+) requests in/);
  const failed = Number(/Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1] ?? 0);
  return {
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p50Ms: timeOf(/50%\s+([\d.]+)(us|ms|s)/.exec(said)),
    p99Ms: timeOf(/99%\s+([\d.]+)(us|ms|s)/.exec(said)),
    cpuMicros: (1_000 * cpuMs) / requests,
    failed: failed + (/Socket errors/.test(said) ? 1 : 0),
  };
}

async function wrk(port: number, seconds: number): Promise<string> {
  const load = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '--latency'];
  const url = `http://127.0.0.1:${port}/shop/x?y=1`;
  const { stdout } = await promisify(execFile)('wrk', [...load, '-H', `Cookie: ${COOKIE}`, url]);
  return stdout;
}

function timeOf(match: RegExpExecArray | null): number {
  const unit = { us: 0.001, ms: 1, s: 1_000 }[match?.[2] ?? ''] ?? NaN;
  return Number(match?.[1] ?? NaN) * unit;
}

/** User and system time so far, which Linux counts in hundredths of a second. */
function cpuMsOf(pids: readonly number[]): number {
  const of = (pid: number): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  };
  return pids.map(of).reduce((a, b) => a + b, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function medianOf(measured: Map<string, Measured[]>, name: string, key: keyof Measured): number {
  return median((measured.get(name) ?? []).map((one) => one[key]));
}

function ratioOf(measured: Map<string, Measured[]>, name: string, base: string): number {
  return medianOf(measured, name, 'perSecond') / medianOf(measured, base, 'perSecond');
}

function show(measured: Map<string, Measured[]>, { rounds, roundSeconds }: ComparisonOptions): void {
  console.log(
    `\nproxies, ${CONNECTIONS} connections of wrk, median of ${rounds} rounds of ${roundSeconds} s, in turns:`,
  );
  for (const [name, all] of measured) {
    const of = (key: keyof Measured): number => medianOf(measured, name, key);
    const failed = all.reduce((sum, one) => sum + one.failed, 0);
    console.log(
      `${name.padEnd(9)} ${of('perSecond').toFixed(0).padStart(7)} requests/s   p50 ${of('p50Ms').toFixed(2)} ms   ` +
        `p99 ${of('p99Ms').toFixed(2)} ms   ${of('cpuMicros').toFixed(0).padStart(4)} µs of processor a request   ${failed} failed`,
    );
  }
  for (const name of [...measured.keys()].filter((other) => other !== 'coalmine')) {
    const cpu = medianOf(measured, name, 'cpuMicros') / medianOf(measured, 'coalmine', 'cpuMicros');
    const p99 = medianOf(measured, 'coalmine', 'p99Ms') / medianOf(measured, name, 'p99Ms');
    console.log(
      `coalmine/${name}: requests/s ${ratioOf(measured, 'coalmine', name).toFixed(2)}, ` +
        `requests for the same processor time ${cpu.toFixed(2)}, p99 ${p99.toFixed(2)}`,
    );
  }
}

/** A worker of its own under the profiler of V8. */
async function showProfile(built: BuiltGateway, versions: Versions, seconds: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'coalmine-profile-'));
  // Workers take over the flags of their master.
  const flags = ['--cpu-prof', '--cpu-prof-dir', dir];
  const master = spawn(process.execPath, [...flags, built.entry, '--dir', dir], { stdio: 'ignore' });
  const client = gatewayClient(dir);
  try {
    await eventually(() => isUp(client), 'the profiled gateway is up');
    const state = await client.apply(configFor(versions));
    await wrk(state.listening[0]?.boundPort ?? 0, seconds);
    const ended = new Promise((resolve) => master.once('exit', resolve));
    await client.stop(1_000);
    await ended;
    const worker = state.workers[0]?.pid ?? 0;
    const file = readdirSync(dir).find((name) => name.includes(`.${worker}.`));
    if (file !== undefined && existsSync(join(dir, file)))
      showFunctions(JSON.parse(readFileSync(join(dir, file), 'utf8')) as Profile);
  } finally {
    kill(master.pid ?? 0);
    rmSync(dir, { recursive: true, force: true });
  }
}

function isUp(client: GatewayClient): Promise<boolean> {
  return client.state().then(
    () => true,
    () => false,
  );
}

/** What V8 writes, as far as it is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

function showFunctions({ nodes, samples, timeDeltas }: Profile): void {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url } }) => {
      const place = url === '' ? '' : ` (${url.replace(/^.*\//, '')})`;
      return [id, `${functionName === '' ? 'anonymous' : functionName}${place}`];
    }),
  );
  const times = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? '?';
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  });
  const busy = [...times.values()].reduce((a, b) => a + b, 0);
  console.log(
    `\nwhere the worker's time goes (own time of functions, of ${(busy / 1e6).toFixed(1)} s busy):`,
  );
  const most = [...times].sort(([, a], [, b]) => b - a).slice(0, SHOWN_FUNCTIONS);
  for (const [name, time] of most) console.log(`${((100 * time) / busy).toFixed(1).padStart(6)} %  ${name}`);
}
