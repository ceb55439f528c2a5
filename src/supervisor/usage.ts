import type { ProcessOwner } from './settings.ts';
import { linuxUsage } from './usage-linux.ts';
import { macosUsage } from './usage-macos.ts';

/** What a process and all that it started use together. Memory that they share counts for each of them. */
export interface GroupUsage {
  /** Since the start, in milliseconds of one core; grows, but for processes that ended without being waited for. */
  readonly cpuMs: number;
  /** Resident memory. */
  readonly rssBytes: number;
}

/** Reads what process groups use; those that are gone are left out. Throws when the machine cannot be asked. */
export type ReadUsage = (groupIds: ReadonlySet<number>) => Promise<ReadonlyMap<number, GroupUsage>>;

/** An instance that may be measured. */
export interface MeasuredInstance extends ProcessOwner {
  readonly instance: string;
  /** Of the process that leads the group. */
  readonly pid: number;
}

/** What an instance uses now. */
export interface InstanceUsage extends ProcessOwner {
  readonly instance: string;
  readonly rssBytes: number;
  /** Cores it has used of late, one being all of one core; absent until it was measured twice. */
  readonly cores?: number;
}

/** Since the supervisor has looked after a revision. */
export interface RevisionCounts extends ProcessOwner {
  /** How long its processes have run, together. */
  readonly processMs: number;
  /** How often one has ended that was to go on. */
  readonly restarts: number;
}

/** What a Rollout's processes use. */
export interface RolloutUsage {
  /** Changes with every supervisor: counts begin anew. */
  readonly epoch: string;
  /** Those that serve, or have served and are not on their way out. */
  readonly instances: readonly InstanceUsage[];
  readonly counts: readonly RevisionCounts[];
}

/** Over less time than this, cores could not be told from rounding; over more they would not be those of now. */
const SHORTEST_MS = 500;
const LONGEST_MS = 60_000;

interface CpuReading {
  readonly cpuMs: number;
  /** Of the clock of the process, in milliseconds. */
  readonly at: number;
  readonly cores?: number;
}

/** Remembers the processor time of instances, since what they use is a difference. Reads nothing until it is asked. */
export class UsageMeter {
  readonly #read: ReadUsage;
  readonly #clock: () => number;
  readonly #newest = new Map<string, CpuReading>();

  constructor(read: ReadUsage, clock: () => number = () => performance.now()) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Throws when the machine cannot be asked. Instances that have ended are left out. */
  async measure(instances: readonly MeasuredInstance[]): Promise<readonly InstanceUsage[]> {
    if (instances.length === 0) return [];
    const usages = await this.#read(new Set(instances.map(({ pid }) => pid)));
    this.#forget();
    return instances.flatMap(({ pid, ...one }) => {
      const usage = usages.get(pid);
      if (usage === undefined) return [];
      const cores = this.#coresOf(one.instance, usage.cpuMs);
      return [{ ...one, rssBytes: usage.rssBytes, ...(cores === undefined ? {} : { cores }) }];
    });
  }

  #coresOf(instance: string, cpuMs: number): number | undefined {
    const at = this.#clock();
    const before = this.#newest.get(instance);
    if (before !== undefined && at - before.at < SHORTEST_MS) return before.cores;
    const used = before === undefined ? -1 : cpuMs - before.cpuMs;
    const cores = before === undefined || used < 0 ? undefined : used / (at - before.at);
    this.#newest.set(instance, { cpuMs, at, ...(cores === undefined ? {} : { cores }) });
    return cores;
  }

  #forget(): void {
    const since = this.#clock() - LONGEST_MS;
    for (const [instance, { at }] of this.#newest) if (at < since) this.#newest.delete(instance);
  }
}

/** Reads usage on the machine this runs on. */
export function readUsageHere(): ReadUsage {
  return process.platform === 'darwin' ? macosUsage : linuxUsage();
}
