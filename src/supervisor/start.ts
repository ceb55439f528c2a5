import { randomBytes } from 'node:crypto';
import { inheritedEnvironment, type Environment } from '../base/environment.ts';
import { messageOf } from '../base/failure.ts';
import { Instance } from './instance.ts';
import { launch } from './launch.ts';
import { markEnvironment, type Marks } from './marks.ts';
import type { GroupKey, ProcessSettings } from './settings.ts';
import type { Site } from './site.ts';
import type { Care, InstanceRecord } from './table.ts';

/** An instance to be started. */
export interface StartOrder {
  readonly key: GroupKey;
  readonly settings: ProcessSettings;
  readonly restarts: number;
  /** How many times longer than the probe says its first readiness may take. */
  readonly patience: number;
  /** Asked at the last moment. */
  readonly isCancelled: () => boolean;
}

/** An instance that runs, why there is none, or that nobody wants it any more. */
export type Start =
  | { readonly kind: 'started'; readonly instance: Instance }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'cancelled' };

/** Starts a process. Its intent is on the disk before it exists, so that it is found whenever we die. */
export async function startInstance(order: StartOrder, site: Site): Promise<Start> {
  try {
    const port = await site.ports.next();
    const marks: Marks = { ...order.key, owner: site.owner, instance: randomBytes(6).toString('hex'), port };
    const intent = intentOf(marks, order, site);
    await keep(intent, site);
    if (!order.isCancelled()) return await startIntended(intent, order, site);
    await site.table.remove(marks.instance);
    return { kind: 'cancelled' };
  } catch (error) {
    return { kind: 'refused', reason: `cannot start a process: ${messageOf(error)}` };
  }
}

/** What of the settings concerns a process already running. */
export function careOf(settings: ProcessSettings): Care {
  const { ready, live, stop, limits, cwd } = settings;
  return {
    cwd,
    ...(ready === undefined ? {} : { ready }),
    ...(live === undefined ? {} : { live }),
    stop,
    limits,
  };
}

async function startIntended(intent: InstanceRecord, order: StartOrder, site: Site): Promise<Start> {
  const { command, cwd } = order.settings;
  const env: Environment = {
    ...inheritedEnvironment(process.env),
    ...order.settings.env,
    ...markEnvironment(intent),
  };
  const log = await site.logs.open(order.key, intent.instance).catch((error: unknown) => {
    site.log.warn({ ...order.key, instance: intent.instance }, `its output is not kept: ${messageOf(error)}`);
  });
  const launched = await launch({ command, cwd, env, ...(log === undefined ? {} : { log }) }, site.machine);
  await log?.close();
  if (launched.kind === 'refused') {
    await site.table.remove(intent.instance);
    return launched;
  }
  const record = { ...intent, process: launched.process.identity };
  await keep(record, site);
  site.log.info({ ...order.key, instance: record.instance, pid: record.process.pid }, 'started');
  const origin = { record, process: launched.process, env, patience: order.patience };
  return { kind: 'started', instance: new Instance(site, origin) };
}

function intentOf(marks: Marks, order: StartOrder, site: Site): InstanceRecord {
  return {
    ...marks,
    bootId: site.bootId,
    startedAt: Date.now(),
    restarts: order.restarts,
    ready: false,
    stopping: false,
    care: careOf(order.settings),
  };
}

/** A full disk must not keep a service down: without its record a process is still found by its marks. */
async function keep(record: InstanceRecord, site: Site): Promise<void> {
  await site.table.put(record).catch((error: unknown) => {
    site.log.warn({ instance: record.instance }, `cannot keep its record: ${messageOf(error)}`);
  });
}
