import type { WorkloadPort } from '../controller/ports.ts';
import type { DesiredGroup } from '../engine/decision.ts';
import type { Group } from '../engine/observation.ts';
import type { RunningWorkload, RevisionId } from '../rollout/model.ts';
import type { Random } from './random.ts';
import type { Version } from './scenario/model.ts';
import { VirtualProcess } from './virtual-process.ts';

/** What a virtual workload is made of. */
export interface VirtualWorkloadParts {
  readonly workload: RunningWorkload;
  readonly versionOf: (revision: RevisionId) => Version;
  readonly random: Random;
  readonly now: () => number;
  /** True while it does not answer. */
  readonly isAway: () => boolean;
}

/** Processes that exist only in virtual time. */
export class VirtualWorkload implements WorkloadPort {
  readonly #parts: VirtualWorkloadParts;
  /** The oldest first. */
  readonly #groups = new Map<RevisionId, VirtualProcess[]>();

  constructor(parts: VirtualWorkloadParts) {
    this.#parts = parts;
  }

  /** Lets a version run since long ago. */
  begin(revision: RevisionId, replicas: number): void {
    this.#groups.set(
      revision,
      Array.from({ length: replicas }, () => {
        const process = this.#newProcess(revision);
        process.startLongAgo();
        return process;
      }),
    );
  }

  apply(groups: readonly DesiredGroup[]): Promise<void> {
    if (this.#parts.isAway()) return Promise.reject(new Error('it does not answer'));
    const sizes = new Map<RevisionId, number>();
    for (const { revision, replicas } of groups) {
      sizes.set(revision, (sizes.get(revision) ?? 0) + replicas);
    }
    for (const revision of this.#groups.keys()) if (!sizes.has(revision)) sizes.set(revision, 0);
    for (const [revision, replicas] of sizes) this.#resize(revision, replicas);
    return Promise.resolve();
  }

  observe(): Promise<readonly Group[]> {
    if (this.#parts.isAway()) return Promise.reject(new Error('it does not answer'));
    return Promise.resolve([...this.#groups].map(([revision, processes]) => groupOf(revision, processes)));
  }

  /** Goes through everything that happens by itself up to a moment. */
  passTo(atMs: number): void {
    for (const [revision, processes] of this.#groups) {
      for (const process of processes) if (process.untilMs <= atMs) process.passTo(atMs);
      if (!processes.some((process) => process.isGone)) continue;
      const left = processes.filter((process) => !process.isGone);
      if (left.length === 0) this.#groups.delete(revision);
      else this.#groups.set(revision, left);
    }
  }

  /** When something changes by itself. */
  get nextChangeMs(): number {
    let next = Infinity;
    for (const processes of this.#groups.values()) {
      for (const { untilMs } of processes) if (untilMs < next) next = untilMs;
    }
    return next;
  }

  /** The processes of a version, the oldest first. */
  processesOf(revision: RevisionId): readonly VirtualProcess[] {
    return this.#groups.get(revision) ?? [];
  }

  /** Ends some processes at once: of one version or of all, the oldest of each. */
  crash(revision: RevisionId | undefined, replicas = Infinity): void {
    for (const [id, processes] of this.#groups) {
      if (revision !== undefined && id !== revision) continue;
      processes.slice(0, replicas).forEach((process) => {
        process.crash(this.#parts.now());
      });
    }
  }

  #resize(revision: RevisionId, replicas: number): void {
    const processes = this.#groups.get(revision) ?? [];
    const kept = processes.filter((process) => !process.isStopping);
    const now = this.#parts.now();
    for (const process of kept.slice(replicas)) process.retire(now);
    if (kept.length >= replicas) return;
    const added = Array.from({ length: replicas - kept.length }, () => {
      const process = this.#newProcess(revision);
      process.start(now);
      return process;
    });
    this.#groups.set(revision, [...processes, ...added]);
  }

  #newProcess(revision: RevisionId): VirtualProcess {
    const { versionOf, workload, random } = this.#parts;
    return new VirtualProcess(versionOf(revision), workload, () => random.fraction());
  }
}

function groupOf(revision: RevisionId, processes: readonly VirtualProcess[]): Group {
  const failing = processes.find((process) => process.failing !== undefined)?.failing;
  return {
    revision,
    running: processes.filter((process) => process.isRunning).length,
    ready: processes.filter((process) => process.isReady).length,
    ...(failing === undefined ? {} : { failing }),
  };
}
