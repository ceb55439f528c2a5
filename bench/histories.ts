// bench: random histories of the engine, in as many as there is time for; or one of them again
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { narrate } from '../test/engine/histories/narration.ts';
import { historyOf } from '../test/engine/histories/script.ts';
import { findBreach, foundScript } from '../test/engine/histories/search.ts';

/** So many histories share a seed. */
const BATCH = 1_000;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    replay: { type: 'string' },
  },
});

/** Plays batches of histories, of the seeds it is sent, and answers with the script of what went wrong. */
function serve(): void {
  parentPort?.on('message', (seed: number) => {
    const found = findBreach({ seed, count: BATCH });
    parentPort?.postMessage(found === undefined ? undefined : foundScript(found));
  });
}

/** Has all batches played by some threads, tells the scripts of those that went wrong at once, and answers how many. */
async function search(seeds: readonly number[], jobs: number, tell: (line: string) => void): Promise<number> {
  const left = [...seeds];
  let [played, wrong] = [0, 0];
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url));
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      const script = await new Promise<string | undefined>((resolve, reject) => {
        worker.removeAllListeners().once('message', resolve).once('error', reject);
        worker.postMessage(seed);
      });
      played += 1;
      process.stderr.write(`\r${played} of ${seeds.length} thousand`);
      if (script === undefined) continue;
      wrong += 1;
      tell(`\n${script}\n`);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: jobs }, work));
  process.stderr.write('\r');
  return wrong;
}

async function main(): Promise<void> {
  const tell = (line: string): void => {
    console.log(line);
  };
  if (values.replay !== undefined) {
    narrate(historyOf(readFileSync(values.replay, 'utf8')), { tell });
    return;
  }
  const [first, batches] = [Number(values.seed), Math.ceil(Number(values.count) / BATCH)];
  const began = performance.now();
  const seeds = Array.from({ length: batches }, (_, n) => first + n);
  const count = await search(seeds, Number(values.jobs), tell);
  const seconds = Math.round((performance.now() - began) / 1_000);
  const wrong = count === 0 ? 'none went wrong' : `${count} seeds had one that went wrong`;
  tell(`${batches * BATCH} histories, seeds ${first} to ${first + batches - 1}, in ${seconds} s: ${wrong}`);
  process.exitCode = count === 0 ? 0 : 1;
}

if (isMainThread) await main();
else serve();
