// bench: a thousand readers of the stream, and what some that never read do to them
//
//   npm run bench -- stream --readers 1000 --mute 1
//
// The server is a process of its own. It sends a snapshot of 20 kB, with the time in it, at every beat; each reader says
// how late it came. First without the mute readers, then with them, then without them again: the second over the mean of
// the first and the last is what they cost the others.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startApiServer } from '../src/api/server.ts';
import type { Operations } from '../src/api/operations.ts';
import type { RolloutView } from '../src/api/resources.ts';
import { Hub } from '../src/embedded/hub.ts';

const { values } = parseArgs({
  options: {
    readers: { type: 'string', default: '1000' },
    mute: { type: 'string', default: '1' },
    beats: { type: 'string', default: '20' },
    every: { type: 'string', default: '500' },
    serve: { type: 'string' },
  },
});
const [READERS, MUTE, BEATS, EVERY_MS] = [values.readers, values.mute, values.beats, values.every].map(
  Number,
) as [number, number, number, number];
/** More at once than the system queues for a server are refused by it. */
const BATCH = 100;
const FILLING = 'x'.repeat(20_000);

/** The server: a beat for each message of its parent, which it answers with how much memory it has. */
async function serve(dataDir: string): Promise<void> {
  const hub = new Hub();
  // The stream is all that is asked for.
  const operations = {
    stream: (_: unknown, signal: AbortSignal) => hub.listen(signal),
  } as unknown as Operations;
  await startApiServer({
    dataDir,
    access: {
      holderOf: () => Promise.reject(new Error('nobody has a token')),
      operationsFor: () => operations,
    },
    onBug: console.error,
  });
  process.on('message', (beat: number) => {
    const at = `at:${performance.timeOrigin + performance.now()};`;
    if (beat > 0)
      hub.publish({ kind: 'rollout', rollout: { name: 'shop', message: at + FILLING } as RolloutView });
    globalThis.gc?.();
    process.send?.({ listeners: hub.listeners, rssBytes: process.memoryUsage.rss() });
  });
  process.send?.({ listeners: 0, rssBytes: process.memoryUsage.rss() });
}

interface State {
  readonly listeners: number;
  readonly rssBytes: number;
}

async function ask(server: ChildProcess, beat: number): Promise<State> {
  const answered = once(server, 'message') as Promise<[State]>;
  server.send(beat);
  return (await answered)[0];
}

/** A reader; `onLate` hears how late each snapshot came. */
async function reader(path: string, onLate?: (ms: number) => void): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  socket.write('GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
  if (onLate === undefined) return socket.pause();
  socket.on('data', (chunk: Buffer) => {
    const [, at] = /at:([\d.]+);/.exec(chunk.toString('latin1')) ?? [];
    if (at !== undefined) onLate(performance.timeOrigin + performance.now() - Number(at));
  });
  return socket;
}

async function untilListening(server: ChildProcess, listeners: number): Promise<void> {
  while ((await ask(server, 0)).listeners !== listeners)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly heard: number;
  readonly rssMiB: number;
}

async function measure(server: ChildProcess, late: number[]): Promise<Measured> {
  late.length = 0;
  let state = await ask(server, 0);
  for (let beat = 1; beat <= BEATS; beat += 1) {
    state = await ask(server, beat);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  const sorted = late.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), heard: late.length, rssMiB: state.rssBytes / 2 ** 20 };
}

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'coalmine-stream-'));
  const server = fork(process.argv[1] ?? '', ['--serve', dataDir], { execArgv: ['--expose-gc'] });
  try {
    await once(server, 'message');
    const path = join(dataDir, 'control.sock');
    const late: number[] = [];
    const onLate = (ms: number): void => void late.push(ms);
    const sockets: Socket[] = [];
    while (sockets.length < READERS) {
      const batch = Math.min(BATCH, READERS - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: batch }, () => reader(path, onLate)))));
      await untilListening(server, sockets.length);
    }
    const before = await measure(server, late);
    const mute = await Promise.all(Array.from({ length: MUTE }, () => reader(path)));
    await untilListening(server, READERS + MUTE);
    const beside = await measure(server, late);
    for (const socket of mute) socket.destroy();
    await untilListening(server, READERS);
    const after = await measure(server, late);
    const rows = {
      [`${READERS} readers`]: before,
      [`and ${MUTE} that never read`]: beside,
      'and again without': after,
    };
    for (const [name, { p50, p99, heard, rssMiB }] of Object.entries(rows)) {
      console.log(
        `${name.padEnd(24)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, heard ${heard} of ${READERS * BEATS}, server ${rssMiB.toFixed(0)} MiB`,
      );
    }
    const ratio = (key: 'p50' | 'p99'): string => ((2 * beside[key]) / (before[key] + after[key])).toFixed(2);
    console.log(`with over without: p50 ${ratio('p50')}, p99 ${ratio('p99')}`);
    for (const socket of sockets) socket.destroy();
  } finally {
    server.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
}

await (values.serve === undefined ? main() : serve(values.serve));
