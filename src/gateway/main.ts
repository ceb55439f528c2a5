import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../base/failure.ts';
import { tellReady } from '../system/readiness.ts';
import { controlServer } from './processes/control-server.ts';
import { ControlClaim } from './processes/control-socket.ts';
import { Heir } from './processes/estate.ts';
import { log } from './log.ts';
import { Master, type MasterOptions } from './processes/master.ts';
import { succeed } from './processes/succession.ts';
import { predecessorPeer } from './processes/worker-peer.ts';

const SIGNAL_DRAIN_MS = 10_000;
const CLAIM_CHECK_MS = 1_000;

/** Runs the gateway of `--dir`; ends at once when there is one already that it is not to succeed. */
async function runMaster(entry: string): Promise<void> {
  const options = readOptions();
  const { dir, workers } = options;
  const started = deferred<Master>();
  const end = (): void => {
    claim.release();
    log('gateway: stopped');
    process.exit(0);
  };
  let stopping = false;
  const stop = (drainMs: number): void => {
    if (stopping) return;
    stopping = true;
    void started.promise.then((master) => master.stop(drainMs)).then(end);
  };
  const claim = new ControlClaim(dir, () =>
    controlServer({
      master: started.promise,
      onStop: stop,
      onSuccession: async (order) => {
        const master = await started.promise;
        const lookAway = (isAway: boolean): void => {
          claim.isLeftAlone = isAway;
        };
        return succeed(order, { dir, workers, master, lookAway, onEnded: end });
      },
    }),
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(SIGNAL_DRAIN_MS);
    });
  }
  started.resolve(await (options.succeed ? takeOver : beginFirst)({ dir, entry, workers }, claim));
  void sayReady();
  keepClaim(claim, () => {
    stop(SIGNAL_DRAIN_MS);
  });
}

async function sayReady(): Promise<void> {
  const trouble = await tellReady(process.env);
  if (trouble !== undefined) log(`gateway: ${trouble}`);
}

/** Serves what was saved. */
async function beginFirst(options: MasterOptions, claim: ControlClaim): Promise<Master> {
  if (!(await claim.take())) {
    log('gateway: another one serves this directory', { dir: options.dir });
    process.exit(0);
  }
  const master = new Master(options);
  await master.start();
  return master;
}

/** Goes on where the process that has started this one stops. */
async function takeOver(options: MasterOptions, claim: ControlClaim): Promise<Master> {
  const heir = new Heir();
  const master = new Master({ ...options, inheritance: await heir.inherit() });
  await master.start();
  if (!master.isReady) throw new Error('not all workers serve');
  master.succeed(predecessorPeer(), await heir.ready());
  await claim.succeed();
  heir.serving();
  return master;
}

/** Looks after the control socket for ever; `lost` is called when another gateway has it. */
function keepClaim(claim: ControlClaim, lost: () => void): void {
  const look = async (): Promise<void> => {
    try {
      if (!(await claim.keep())) lost();
    } catch (error) {
      // Users are served without it: a full disk or a directory without permission is no reason to end.
      log('gateway: the control socket cannot be taken again yet', { error: messageOf(error) });
    }
    setTimeout(() => void look(), CLAIM_CHECK_MS);
  };
  setTimeout(() => void look(), CLAIM_CHECK_MS);
}

function readOptions(): { dir: string; workers: number; succeed: boolean } {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      workers: { type: 'string', default: '1' },
      succeed: { type: 'boolean', default: false },
    },
  });
  const workers = Number(values.workers);
  if (values.dir === undefined || !Number.isInteger(workers) || workers < 1) {
    throw new Error('usage: main.js --dir DIR [--workers N] [--succeed]');
  }
  return { dir: resolve(values.dir), workers, succeed: values.succeed };
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

/** Only workers load what serves requests, so that the master is up sooner and small. */
async function runAsTold(): Promise<void> {
  if (process.argv.includes('--worker')) (await import('./processes/worker.ts')).runWorker();
  else await runMaster(process.argv[1] ?? '');
}

runAsTold().catch((error: unknown) => {
  log('gateway: cannot start', { error: messageOf(error) });
  process.exit(1);
});
