import type { WorkloadPort } from '../../controller/ports.ts';
import type { DesiredGroup } from '../../engine/decision.ts';
import { copyOf, type Copy, type Group } from '../../engine/observation.ts';
import type { RunningWorkload, RevisionId, Track } from '../../rollout/model.ts';
import type { Random } from '../random.ts';
import type { Version } from '../scenario/model.ts';
import { VirtualProcess } from './process.ts';

/** What a virtual workload is made of. */
export interface VirtualWorkloadParts {
  readonly workload: RunningWorkload;
  readonly versionOf: (revision: RevisionId) => Version;
  readonly random: Random;
  readonly now: () => number;
  /** True while it does not answer. */
  readonly isAway: () => boolean;
}

/** The processes of a version, or a further set of them. */
interface Processes {
  readonly revision: RevisionId;
  readonly copy: Copy | undefined;
  /** The oldest first. */
  all: VirtualProcess[];
}

/** Processes that exist only in virtual time. */
export class VirtualWorkload implements WorkloadPort {
  readonly #parts: VirtualWorkloadParts;
  readonly #groups = new Map<string, Processes>();

  constructor(parts: VirtualWorkloadParts) {
    this.#parts = parts;
  }

  /** Lets a version run since long ago. */
  begin(revision: RevisionId, replicas: number): void {
    this.#setOf(revision, undefined).all = Array.from({ length: replicas }, () => {
      const process = this.#newProcess(revision);
      process.startLongAgo();
      return process;
    });
  }

  apply(groups: readonly DesiredGroup[]): Promise<void> {
    if (this.#parts.isAway()) return Promise.reject(new Error('it does not answer'));
    const sizes = new Map<Processes, number>();
    for (const { track, revision, replicas } of groups) {
      const set = this.#setOf(revision, copyOf(track));
      sizes.set(set, (sizes.get(set) ?? 0) + replicas);
    }
    for (const set of this.#groups.values()) this.#resize(set, sizes.get(set) ?? 0);
    return Promise.resolve();
  }

  observe(): Promise<readonly Group[]> {
    if (this.#parts.isAway()) return Promise.reject(new Error('it does not answer'));
    return Promise.resolve([...this.#groups.values()].map(groupOf));
  }

  /** Goes through everything that happens by itself up to a moment. */
  passTo(atMs: number): void {
    for (const [key, set] of this.#groups) {
      for (const process of set.all) if (process.untilMs <= atMs) process.passTo(atMs);
      if (!set.all.some((process) => process.isGone)) continue;
      set.all = set.all.filter((process) => !process.isGone);
      if (set.all.length === 0) this.#groups.delete(key);
    }
  }

  /** When something changes by itself. */
  get nextChangeMs(): number {
    let next = Infinity;
    for (const { all } of this.#groups.values()) {
      for (const { untilMs } of all) if (untilMs < next) next = untilMs;
    }
    return next;
  }

  /** The processes of a version that serve a track, the oldest first. */
  processesOf(revision: RevisionId, track: Track = 'stable'): readonly VirtualProcess[] {
    return this.#groups.get(keyOf(revision, copyOf(track)))?.all ?? [];
  }

  /** Ends some processes at once: of one version or of all, the oldest of each. */
  crash(revision: RevisionId | undefined, replicas = Infinity): void {
    for (const set of this.#groups.values()) {
      if (revision !== undefined && set.revision !== revision) continue;
      set.all.slice(0, replicas).forEach((process) => {
        process.crash(this.#parts.now());
      });
    }
  }

  #resize(set: Processes, replicas: number): void {
    const kept = set.all.filter((process) => !process.isStopping);
    const now = this.#parts.now();
    for (const process of kept.slice(replicas)) process.retire(now);
    if (kept.length >= replicas) return;
    const added = Array.from({ length: replicas - kept.length }, () => {
      const process = this.#newProcess(set.revision);
      process.start(now);
      return process;
    });
    set.all = [...set.all, ...added];
  }

  #setOf(revision: RevisionId, copy: Copy | undefined): Processes {
    const key = keyOf(revision, copy);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const set: Processes = { revision, copy, all: [] };
    this.#groups.set(key, set);
    return set;
  }

  #newProcess(revision: RevisionId): VirtualProcess {
    const { versionOf, workload, random } = this.#parts;
    return new VirtualProcess(versionOf(revision), workload, () => random.fraction());
  }
}

function keyOf(revision: RevisionId, copy: Copy | undefined): string {
  return copy === undefined ? revision : `${revision} ${copy}`;
}

function groupOf({ revision, copy, all }: Processes): Group {
  const failing = all.find((process) => process.failing !== undefined)?.failing;
  return {
    revision,
    ...(copy === undefined ? {} : { copy }),
    running: all.filter((process) => process.isRunning).length,
    ready: all.filter((process) => process.isReady).length,
    ...(failing === undefined ? {} : { failing }),
  };
}
