// bench: bad releases found and good ones stopped, by coalmine, Flagger, Argo Rollouts and Kayenta on the same traces
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { format, resolveConfig } from 'prettier';
import { measure } from './measure.ts';
import { readOptions, type Options } from './options.ts';
import { costs, proofs } from './own.ts';
import { serveJobs } from './pool.ts';
import { pageOf } from './report/page.ts';
import { plotsOf } from './report/plots.ts';
import { reportOf } from './report/report.ts';
import { targetsOf, type Measurements } from './report/targets.ts';
import { consoleText } from './report/console.ts';

async function main(options: Options): Promise<void> {
  const started = Date.now();
  const { from, json, write } = options;
  const measured = from === undefined ? await everything(options) : read(from);
  console.log(consoleText(measured));
  const missed = targetsOf(measured).filter(({ isMet }) => !isMet).length;
  const { user, system } = process.cpuUsage();
  const took = `${Math.round((Date.now() - started) / 1_000)} s, ${Math.round((user + system) / 1e6)} s of CPU`;
  console.error(`${took}; ${missed} targets missed`);
  if (json !== undefined) writeFileSync(json, JSON.stringify(measured, undefined, 1));
  if (write !== undefined) await writePages(write, measured);
}

async function everything(options: Options): Promise<Measurements> {
  // The cost first, while nothing else runs.
  const own = { costs: costs(), proofs: proofs(Math.max(5, Math.round(options.goodSeeds / 20))) };
  const { results, ramps } = await measure(options);
  return { ...own, ramps, detection: reportOf(results) };
}

/** The numbers as they were written. */
function read(file: string): Measurements {
  return JSON.parse(readFileSync(file, 'utf8')) as Measurements;
}

async function writePages(path: string, measured: Measurements): Promise<void> {
  mkdirSync(path, { recursive: true });
  for (const { file, svg } of plotsOf(measured)) writeFileSync(`${path}/${file}`, svg);
  for (const { file, text } of pageOf(path, measured)) {
    writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
  }
}

if (isMainThread) {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.error(options);
    process.exitCode = 2;
  } else {
    await main(options);
  }
} else {
  serveJobs();
}
