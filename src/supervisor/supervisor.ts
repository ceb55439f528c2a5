import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { Failure, messageOf } from '../base/failure.ts';
import type { Group } from '../engine/observation.ts';
import { ownerOf } from '../files/owner.ts';
import { adoptInstances } from './adopt.ts';
import { LOG_LIMITS, LogFiles, type LogLimits } from './log-files.ts';
import { followLog, tailLog, type LogLine } from './log-reader.ts';
import { thisMachine } from './machine.ts';
import { monitor } from './monitor.ts';
import { localPorts } from './ports.ts';
import { RevisionGroup } from './revision-group.ts';
import type { Endpoint, GroupKey, InstanceView, ProcessSettings } from './settings.ts';
import type { BeforeStop, Site, SupervisorLog } from './site.ts';
import { fileTable, type ProcessTable } from './table.ts';
import { readUsageHere, UsageMeter, type RolloutUsage } from './usage.ts';

/** What a supervisor works with, and whom it tells. */
export interface SupervisorOptions {
  /** Must exist. One supervisor at a time: the caller holds the lock. */
  readonly dataDir: string;
  readonly log: SupervisorLog;
  /** Called before a process is signalled; returns when the gateway has drained it. */
  readonly beforeStop: BeforeStop;
  /** A Rollout's processes have changed in a way that `groups`, `endpoints` or `instances` show. */
  readonly onChange: (rollout: string) => void;
  /** For tests. */
  readonly table?: ProcessTable;
  readonly logLimits?: LogLimits;
}

/** Keeps local processes running. Processes outlive it: the next one for the same data directory adopts them. */
export interface Supervisor {
  /** Takes over what runs already. Once, before anything else. */
  adopt(): Promise<void>;
  /** Makes a revision have so many processes, now and from now on. Returns at once. Settings are needed to start any. */
  setSize(key: GroupKey, replicas: number, settings?: ProcessSettings): void;
  /** The revisions of a Rollout that have processes, or are to have some. */
  groups(rollout: string): readonly Group[];
  /** Where a revision takes requests: ready and not on their way out. */
  endpoints(key: GroupKey): readonly Endpoint[];
  instances(rollout: string): Promise<readonly InstanceView[]>;
  /** What a Rollout's processes use. Nothing is measured unless it is asked; throws when the machine cannot be. */
  usage(rollout: string): Promise<RolloutUsage>;
  /** Replaces a revision's processes one by one, each new one ready before the old one is drained. */
  restart(key: GroupKey, signal: AbortSignal): Promise<void>;
  /** The last `lines` lines of each process of a revision. */
  tailLog(key: GroupKey, lines: number): AsyncIterable<LogLine>;
  /** The same, and then each line as it comes, until aborted. */
  followLog(key: GroupKey, lines: number, signal: AbortSignal): AsyncIterable<LogLine>;
  /** Removes a revision's logs; it must have no processes. */
  removeLogs(key: GroupKey): Promise<void>;
  /** Drains and stops everything; answers when nothing runs. */
  stopAll(): Promise<void>;
  /** Stops looking after processes; they go on. */
  close(): Promise<void>;
}

/** Makes a supervisor for a data directory. Nothing happens before `adopt`. */
export async function createSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const closing = new AbortController();
  // One listener per instance is as many as it should be.
  setMaxListeners(0, closing.signal);
  return new LocalSupervisor(await siteOf(options, closing.signal), closing);
}

async function siteOf(options: SupervisorOptions, closing: AbortSignal): Promise<Site> {
  const { dataDir, log, beforeStop } = options;
  const machine = thisMachine();
  return {
    machine,
    owner: await ownerOf(dataDir),
    bootId: await machine.bootId(),
    table: options.table ?? (await fileTable(join(dataDir, 'run', 'instances'))),
    ports: localPorts(),
    logs: new LogFiles(join(dataDir, 'logs'), options.logLimits ?? LOG_LIMITS),
    log,
    beforeStop,
    changed: notifier(options, closing),
    closing,
    chance: Math.random,
  };
}

/** Tells of many changes in one turn only once, and not before the turn is over. */
function notifier(options: SupervisorOptions, closing: AbortSignal): (rollout: string) => void {
  const pending = new Set<string>();
  const tell = (rollout: string): void => {
    pending.delete(rollout);
    if (closing.aborted) return;
    try {
      options.onChange(rollout);
    } catch (error) {
      options.log.warn({ rollout }, `a change could not be told: ${messageOf(error)}`);
    }
  };
  return (rollout) => {
    if (pending.has(rollout)) return;
    pending.add(rollout);
    queueMicrotask(() => {
      tell(rollout);
    });
  };
}

class LocalSupervisor implements Supervisor {
  readonly #site: Site;
  readonly #closing: AbortController;
  readonly #groups: RevisionGroup[] = [];
  readonly #epoch = randomUUID();
  readonly #meter = new UsageMeter(readUsageHere());
  #adopted = false;
  #monitoring: Promise<void> = Promise.resolve();

  constructor(site: Site, closing: AbortController) {
    this.#site = site;
    this.#closing = closing;
  }

  async adopt(): Promise<void> {
    const instances = [...(await adoptInstances(this.#site))];
    instances.sort((a, b) => a.record.startedAt - b.record.startedAt);
    this.#adopted = true;
    for (const instance of instances) this.#group(instance.record).adopt(instance);
    this.#monitoring = monitor(() => this.#groups, this.#site);
  }

  setSize(key: GroupKey, replicas: number, settings?: ProcessSettings): void {
    if (!this.#adopted) throw new Failure('bug', 'processes must be adopted before any is started');
    if (replicas === 0 && this.#find(key) === undefined) return;
    this.#group(key).resize(replicas, settings);
    this.#forget();
  }

  groups(rollout: string): readonly Group[] {
    return this.#of(rollout).map((group) => group.observe());
  }

  endpoints(key: GroupKey): readonly Endpoint[] {
    return this.#find(key)?.endpoints() ?? [];
  }

  async instances(rollout: string): Promise<readonly InstanceView[]> {
    const views = this.#of(rollout).flatMap((group) => group.views());
    const running = views.flatMap(({ id, pid, revision }) =>
      pid === undefined ? [] : [{ instance: id, pid, revision }],
    );
    // A machine that is out of files still shows what runs, only not its size.
    const usages = await this.#meter.measure(running).catch(() => []);
    return views.map((view) => {
      const usage = usages.find(({ instance }) => instance === view.id);
      if (usage === undefined) return view;
      const { rssBytes, cores } = usage;
      return { ...view, rssBytes, ...(cores === undefined ? {} : { cores }) };
    });
  }

  async usage(rollout: string): Promise<RolloutUsage> {
    const groups = this.#of(rollout);
    const instances = await this.#meter.measure(groups.flatMap((group) => group.measured()));
    return { epoch: this.#epoch, instances, counts: groups.map((group) => group.counts()) };
  }

  async restart(key: GroupKey, signal: AbortSignal): Promise<void> {
    await this.#find(key)?.restart(signal);
  }

  tailLog(key: GroupKey, lines: number): AsyncIterable<LogLine> {
    return tailLog(this.#site.logs, key, lines);
  }

  followLog(key: GroupKey, lines: number, signal: AbortSignal): AsyncIterable<LogLine> {
    return followLog(this.#site.logs, { key, lines }, signal);
  }

  async removeLogs(key: GroupKey): Promise<void> {
    await this.#site.logs.remove(key);
  }

  async stopAll(): Promise<void> {
    const groups = [...this.#groups];
    for (const group of groups) group.resize(0, undefined);
    await Promise.all(groups.map((group) => group.emptied()));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#groups.map((group) => group.emptied()));
    await this.#monitoring;
  }

  #of(rollout: string): readonly RevisionGroup[] {
    this.#forget();
    return this.#groups.filter((group) => group.key.rollout === rollout);
  }

  #find(key: GroupKey): RevisionGroup | undefined {
    return this.#groups.find(
      ({ key: { rollout, revision, copy } }) =>
        rollout === key.rollout && revision === key.revision && copy === key.copy,
    );
  }

  #group({ rollout, revision, copy }: GroupKey): RevisionGroup {
    const key: GroupKey = { rollout, revision, ...(copy === undefined ? {} : { copy }) };
    const existing = this.#find(key);
    if (existing !== undefined) return existing;
    const group = new RevisionGroup(key, this.#site);
    this.#groups.push(group);
    return group;
  }

  #forget(): void {
    const kept = this.#groups.filter((group) => !group.isOver);
    this.#groups.splice(0, this.#groups.length, ...kept);
  }
}
