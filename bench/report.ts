// bench: how long the report of a day keeps the control process from everybody else
//
//   npm run bench -- report --ticks 86400 --checks 5
//
// A release of a tick a second in a store on disk, as the control process has it, and a reader that is a process of its
// own. Printed for each form: how long it takes, how large it is, the longest time in which the event loop served nobody
// else, by the clock and by what it cost (on a machine that is busy with other things the clock counts these too), and how
// much the heap grew; and the same for JSON that is made in one piece.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { CheckJudgement } from '../src/analysis/judgement.ts';
import { bucketOf, type TrackCounters } from '../src/analysis/measurement.ts';
import { recordedRelease } from '../src/api/recorded-release.ts';
import { startApiServer } from '../src/api/server.ts';
import type { CountedTick } from '../src/engine/decision.ts';
import { reportView } from '../src/report/report.ts';
import { closeDatabase, openDatabase } from '../src/store/database.ts';
import { loadDriver, type Database } from '../src/store/driver.ts';
import { prepareTables } from '../src/store/tables.ts';
import { inTransaction } from '../src/store/transaction.ts';
import { accessTo, fakeOperations, type Fake } from '../test/cli/fake.ts';
import { aHistoryView } from '../test/cli/views.ts';

const { values } = parseArgs({
  options: { ticks: { type: 'string', default: '86400' }, checks: { type: 'string', default: '5' } },
});
const [TICKS, CHECKS] = [Number(values.ticks), Number(values.checks)];
const EVENTS = 10_000;
const BEGAN = Date.UTC(2026, 0, 1);
/** Nobody should wait for longer, in milliseconds. */
const GOAL_MS = 50;

/** A wave, so that there is something to see: the same each time. */
function servedAt(second: number, perSecond: number, ms: number): TrackCounters {
  const requests = Math.round(perSecond * (1 + 0.3 * Math.sin(second / 600)));
  const middle = bucketOf(ms * (1 + 0.1 * Math.sin(second / 97)));
  const latency = Array.from({ length: 12 }, (_, index) => [middle - 6 + index, 1 + (index % 7)] as const);
  return { requests, errors: second % 1_000 === 0 ? 3 : 0, latency };
}

function checkAt(second: number, index: number): CheckJudgement {
  const name = `check-${index}`;
  return {
    name,
    verdict: 'undecided',
    reason: `${name}: no harm is shown after ${second} seconds`,
    samples: second,
    harm: { logE: Math.sin(second / 3_000 + index), logLimit: 5 },
    safe: { logE: -Math.sin(second / 3_000 + index), logLimit: 3 },
    effect: { of: 'mean', low: 0.9, estimate: 1.05, high: 1.2 },
  };
}

function tickAt(second: number): CountedTick {
  const checks = Array.from({ length: CHECKS }, (_, index) => checkAt(second, index));
  return {
    release: 1,
    step: Math.min(2, Math.floor((3 * second) / TICKS)),
    at: BEGAN + (second + 1) * 1_000,
    tick: { ms: 1_000, candidate: servedAt(second, 20, 22), control: servedAt(second, 180, 20) },
    judgement: { verdict: 'undecided', reason: 'no harm is shown', checks },
  };
}

interface Measured {
  readonly longestMs: number;
  readonly longestCpuMs: number;
  readonly tookMs: number;
  readonly bytes: number;
  readonly heapMb: number;
}

/** Watches turns of the event loop: the most that one costs in processor time, and the most that the heap has. */
class Turns {
  longestCpuMs = 0;
  heap = 0;
  #isWatching = true;
  #last = process.cpuUsage();

  constructor() {
    setImmediate(() => {
      this.#look();
    });
  }

  end(): void {
    this.#isWatching = false;
    this.#measure();
  }

  #look(): void {
    if (!this.#isWatching) return;
    this.#measure();
    setImmediate(() => {
      this.#look();
    });
  }

  #measure(): void {
    const { user, system } = process.cpuUsage(this.#last);
    this.#last = process.cpuUsage();
    this.longestCpuMs = Math.max(this.longestCpuMs, (user + system) / 1_000);
    this.heap = Math.max(this.heap, process.memoryUsage().heapUsed);
  }
}

/** Does something that answers how many bytes it came to, and watches the event loop and the heap meanwhile. */
async function measured(work: () => Promise<number>): Promise<Measured> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // It counts from its first beat.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const turns = new Turns();
  const began = performance.now();
  const bytes = await work();
  const tookMs = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, 50));
  delay.disable();
  turns.end();
  return {
    longestMs: delay.max / 1e6,
    longestCpuMs: turns.longestCpuMs,
    tookMs,
    bytes,
    heapMb: (turns.heap - before) / 1e6,
  };
}

const READER = `
let bytes = 0;
require('node:http').get({ socketPath: process.argv[1], path: process.argv[2] }, (response) => {
  if (response.statusCode !== 200) throw new Error('status ' + response.statusCode);
  response.on('data', (chunk) => { bytes += chunk.length; });
  response.on('end', () => { console.log(bytes); });
});`;

/** Bytes that another process reads. */
async function read(socketPath: string, path: string): Promise<number> {
  const reader = spawn(process.execPath, ['-e', READER, socketPath, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  reader.stdout.on('data', (chunk: Buffer) => (told += String(chunk)));
  await once(reader, 'close');
  return Number(told);
}

function tell(what: string, { longestMs, longestCpuMs, tookMs, bytes, heapMb }: Measured): void {
  const words = longestCpuMs <= GOAL_MS ? '' : `, over ${GOAL_MS}`;
  console.log(
    `${what.padEnd(18)} ${(tookMs / 1_000).toFixed(2).padStart(6)} s  ${(bytes / 1e6).toFixed(2).padStart(7)} MB  ` +
      `longest block ${longestMs.toFixed(1).padStart(7)} ms by the clock, ${longestCpuMs.toFixed(1).padStart(7)} ms of ` +
      `processor${words}  heap +${heapMb.toFixed(0)} MB`,
  );
}

/** What the embedded runtime answers from its store. */
function operationsOn(database: Database): Fake {
  const { rollouts, ticks, events } = prepareTables(database);
  const ended = aHistoryView({ startedAt: BEGAN, endedAt: BEGAN + TICKS * 1_000 });
  inTransaction(database, () => {
    // What ticks and events belong to; nobody reads it.
    const row = { name: 'shop', document: '{}', generation: 1, status: {}, deleting: false, version: 1 };
    rollouts.insert(row as unknown as Parameters<typeof rollouts.insert>[0]);
    for (let second = 0; second < TICKS; second += 1) ticks.insert('shop', tickAt(second));
    for (let index = 0; index < EVENTS; index += 1) {
      const message = `step ${1 + (index % 3)} of 3: canary 5%`;
      events.insert('shop', BEGAN + index, { type: 'StepStarted', message, release: 1, revision: ended.to });
    }
  });
  return fakeOperations({
    history: () => Promise.resolve([ended]),
    ticks: (name, number, part) => Promise.resolve(ticks.list(name, number, part)),
    events: (query) => Promise.resolve(events.find(query)),
  });
}

const dataDir = await mkdtemp(join(tmpdir(), 'coalmine-bench-'));
try {
  // Held until the end: it is closed once nobody has it.
  const database = await openDatabase(join(dataDir, 'coalmine.db'), {
    open: await loadDriver(),
    version: 'bench',
  });
  const operations = operationsOn(database);
  const server = await startApiServer({
    dataDir,
    access: accessTo(operations),
    onBug: console.error,
  });
  const path = '/api/v1/rollouts/shop/releases/1/report?format=';
  console.log(`${TICKS} ticks of ${CHECKS} checks, ${EVENTS} events`);
  try {
    for (const format of ['json', 'html', 'markdown']) {
      tell(format, await measured(() => read(server.socketPath, path + format)));
    }
    const inOnePiece = async (): Promise<number> =>
      Buffer.byteLength(JSON.stringify(reportView(await recordedRelease(operations, 'shop', 1))));
    tell('JSON in one piece', await measured(inOnePiece));
  } finally {
    await server.close();
    closeDatabase(database);
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
