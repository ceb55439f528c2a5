import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { POLICIES, type RampEnd } from './ramp.ts';
import { run, SWEEPS, type RunResult, type Sweep } from './run.ts';
import { scenarioOf } from './scenarios/table.ts';
import type { VersionBehaviour } from '../../test/engine/virtual-release.ts';

/** Some releases of one scenario, judged at a fixed weight. */
export interface RunsJob {
  readonly kind: 'runs';
  readonly scenario: string;
  readonly from: number;
  readonly count: number;
}

/** What came of them. */
export interface RunsResult extends RunsJob {
  /** By release, then by tool. */
  readonly decisions: readonly RunResult['decisions'][];
  /** By release that was run, then by setting. */
  readonly sweeps: Readonly<Record<Sweep, readonly Uint16Array[]>>;
}

/** Some releases led by one tool's own ramp. */
export interface RampJob {
  readonly kind: 'ramp';
  readonly policy: string;
  readonly perSecond: number;
  readonly candidate: VersionBehaviour;
  readonly from: number;
  readonly count: number;
}

/** What came of them. */
export interface RampResult extends RampJob {
  readonly ends: readonly RampEnd[];
}

/** Work for one thread, for a second or so. */
export type Job = RunsJob | RampJob;
/** Its result. */
export type JobResult = RunsResult | RampResult;

/** Does jobs that the main thread sends. Called in a worker. */
export function serveJobs(): void {
  if (isMainThread) throw new Error('only a worker serves jobs');
  parentPort?.on('message', (job: Job) =>
    parentPort?.postMessage(job.kind === 'runs' ? runs(job) : ramps(job)),
  );
}

function runs(job: RunsJob): RunsResult {
  const scenario = scenarioOf(job.scenario);
  const results = Array.from({ length: job.count }, (_, i) => run(scenario, job.from + i));
  const names = Object.keys(SWEEPS) as Sweep[];
  const sweeps = names.map((name) => [name, results.flatMap(({ sweeps }) => sweeps[name] ?? [])] as const);
  return {
    ...job,
    decisions: results.map(({ decisions }) => decisions),
    sweeps: Object.fromEntries(sweeps) as Record<Sweep, Uint16Array[]>,
  };
}

function ramps(job: RampJob): RampResult {
  const policy = POLICIES.find(({ name }) => name === job.policy);
  if (policy === undefined) throw new Error(`no policy ${job.policy}`);
  const { perSecond, candidate, from, count } = job;
  // Seeds of their own: the same releases for every policy.
  const ends = Array.from({ length: count }, (_, i) =>
    policy.release(perSecond, 2 ** 40 + from + i, candidate),
  );
  return { ...job, ends };
}

/** Has all jobs done by `workers` threads of this very file; `onResult` hears of each. */
export async function doJobs(
  jobs: readonly Job[],
  workers: number,
  onResult: (result: JobResult) => void,
): Promise<void> {
  const left = [...jobs];
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, () => work(left, onResult)));
}

function work(left: Job[], onResult: (result: JobResult) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url));
  return new Promise<void>((resolve, reject) => {
    const next = (): void => {
      const job = left.shift();
      if (job === undefined) resolve(worker.terminate().then(() => undefined));
      else worker.postMessage(job);
    };
    worker.on('error', reject);
    worker.on('message', (result: JobResult) => {
      onResult(result);
      next();
    });
    next();
  });
}
