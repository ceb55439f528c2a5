// bench: how long the command takes to start, beside node alone
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CLI = 'dist/cli/main.js';
const ROUNDS = Number(process.argv[2] ?? 30);

/** Started in turn, so that whatever else the machine does hits all alike. */
const RUNS = {
  'node -e 0': ['-e', '0'],
  'coalmine --version': [CLI, '--version'],
  'coalmine --help': [CLI, '--help'],
} as const;

function timeMs(args: readonly string[]): number {
  const begin = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited ${String(status)}`);
  return performance.now() - begin;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

if (!existsSync(CLI)) throw new Error(`${CLI} is not built: npm run build`);
const times = new Map<string, number[]>(Object.keys(RUNS).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, args] of Object.entries(RUNS)) times.get(name)?.push(timeMs(args));
}
const bare = median(times.get('node -e 0') ?? []);
for (const [name, values] of times) {
  const middle = median(values);
  console.log(
    `${name.padEnd(20)} median ${middle.toFixed(1)} ms, least ${Math.min(...values).toFixed(1)} ms, ${(middle - bare).toFixed(1)} ms more than node alone`,
  );
}
