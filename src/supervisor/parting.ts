import { messageOf } from '../base/failure.ts';
import type { RunningWorkload } from '../rollout/model.ts';
import { endProcess, sweep, type EndOrder } from './end-process.ts';
import type { RunningProcess } from './running-process.ts';
import type { Site } from './site.ts';
import type { InstanceRecord } from './table.ts';
import { orAborted, waitFor, deadlineIn } from '../system/waiting.ts';

/** Where instances listen. */
export const INSTANCE_HOST = '127.0.0.1';

const RETRY_MS = 1_000;
/** A process whose settings are lost is stopped like this. */
const PLAIN_STOP: RunningWorkload['stop'] = { signal: 'SIGTERM', drainMs: 10_000 };

/** A process that is to go. */
export interface Parting {
  readonly site: Site;
  readonly record: InstanceRecord;
  readonly process: RunningProcess;
}

/** How an instance is stopped. */
export function stopOf(record: InstanceRecord): RunningWorkload['stop'] {
  return record.care?.stop ?? PLAIN_STOP;
}

/** Waits until nobody sends to the process any more, at most `drainMs`; throws when the supervisor closes. */
export async function drain(parting: Parting, drainMs: number): Promise<void> {
  const { site, record, process } = parting;
  const gone = new AbortController();
  process.onExit(() => {
    gone.abort();
  });
  const signal = AbortSignal.any([deadlineIn(drainMs), gone.signal, site.closing]);
  const { rollout, revision, instance: id, port } = record;
  const ask = async (): Promise<void> =>
    site.beforeStop({ rollout, revision, id, host: INSTANCE_HOST, port }, signal);
  const drained = ask().catch((error: unknown) => {
    warn(parting, `could not be drained: ${messageOf(error)}`);
  });
  await orAborted(drained, signal);
  site.closing.throwIfAborted();
}

/**
 * Ends the process and all it has started, and forgets it. Nothing may take its place before it is gone for sure, so
 * this goes on until it is; throws when the supervisor closes.
 */
export async function end(parting: Parting, graceMs: number): Promise<void> {
  const { site, record } = parting;
  while (!(await isEnded(parting, graceMs))) await waitFor(RETRY_MS, site.closing);
  await site.table.remove(record.instance).catch((error: unknown) => {
    warn(parting, `cannot remove its record: ${messageOf(error)}`);
  });
}

/** False when the machine could not be asked. */
async function isEnded(parting: Parting, graceMs: number): Promise<boolean> {
  const { site, record, process } = parting;
  const order: EndOrder = {
    owner: site.owner,
    instance: record.instance,
    groupId: process.identity.pid,
    signal: stopOf(record).signal,
    graceMs,
  };
  try {
    const surroundings = { machine: site.machine, leave: site.closing };
    if (process.exit() === undefined) await endProcess(process, order, surroundings);
    else await sweep(order, surroundings);
    return true;
  } catch (error) {
    site.closing.throwIfAborted();
    warn(parting, `cannot be ended yet: ${messageOf(error)}`);
    return false;
  }
}

function warn(parting: Parting, message: string): void {
  const { site, record, process } = parting;
  site.log.warn({ instance: record.instance, pid: process.identity.pid }, message);
}
