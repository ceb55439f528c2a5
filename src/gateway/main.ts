import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../base/failure.ts';
import { controlServer } from './control-server.ts';
import { ControlClaim } from './control-socket.ts';
import { log } from './log.ts';
import { Master } from './master.ts';

const SIGNAL_DRAIN_MS = 10_000;
const CLAIM_CHECK_MS = 1_000;

/** Runs the gateway of `--dir`; ends at once when there is one already. */
async function runMaster(entry: string): Promise<void> {
  const { dir, workers } = readOptions();
  const started = deferred<Master>();
  let stopping = false;
  const stop = (drainMs: number): void => {
    if (stopping) return;
    stopping = true;
    void started.promise
      .then((master) => master.stop(drainMs))
      .then(() => {
        claim.release();
        log('gateway: stopped');
        process.exit(0);
      });
  };
  const claim = new ControlClaim(dir, () => controlServer({ master: started.promise, onStop: stop }));
  if (!(await claim.take())) {
    log('gateway: another one serves this directory', { dir });
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(SIGNAL_DRAIN_MS);
    });
  }
  const master = new Master({ dir, entry, workers });
  await master.start();
  started.resolve(master);
  keepClaim(claim, () => {
    stop(SIGNAL_DRAIN_MS);
  });
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

function readOptions(): { dir: string; workers: number } {
  const { values } = parseArgs({
    options: { dir: { type: 'string' }, workers: { type: 'string', default: '1' } },
  });
  const workers = Number(values.workers);
  if (values.dir === undefined || !Number.isInteger(workers) || workers < 1) {
    throw new Error('usage: main.js --dir DIR [--workers N]');
  }
  return { dir: resolve(values.dir), workers };
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

/** Only workers load what serves requests, so that the master is up sooner and small. */
async function runAsTold(): Promise<void> {
  if (process.argv.includes('--worker')) (await import('./worker.ts')).runWorker();
  else await runMaster(process.argv[1] ?? '');
}

runAsTold().catch((error: unknown) => {
  log('gateway: cannot start', { error: messageOf(error) });
  process.exit(1);
});
