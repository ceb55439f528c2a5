import { advance } from '../../../engine/advance.ts';
import { NEW_STATUS, type Status } from '../../../engine/status.ts';
import type { Rollout, RevisionId } from '../../../rollout/model.ts';
import { resolveRollout } from '../../../rollout/resolve/rollout.ts';
import type { JsonObject } from '../../../base/json.ts';
import { nextWrites } from '../decide.ts';
import { ModelCluster } from './model-cluster.ts';
import type { Bounds } from '../settling.ts';
import { wishesOf } from '../wishes.ts';

/** What is trusted at first. */
export const OLD = 'r1-old' as RevisionId;
/** What takes over from it. */
export const NEW = 'r1-new' as RevisionId;

function aRollout(strategy: JsonObject, replicas: number, hold = 'webhook'): Rollout {
  const spec = { workload: { deployment: { name: 'web', hold } }, strategy };
  const rollout = resolveRollout({ metadata: { name: 'web' }, spec }, 'operator');
  return { ...rollout, workload: { ...rollout.workload, replicas } };
}

/** One Rollout over a model of a cluster: the real engine, and the real decisions. */
export class Run {
  status: Status = { ...NEW_STATUS, stable: OLD };
  readonly cluster: ModelCluster;
  readonly rollout: Rollout;
  wanted: RevisionId = OLD;
  leastReady = Infinity;
  mostPods = 0;
  #now = 0;

  constructor(strategy: JsonObject, bounds: Bounds, hold?: 'always') {
    this.rollout = aRollout(strategy, bounds.replicas, hold);
    this.cluster = new ModelCluster(bounds, OLD);
  }

  push(revision: RevisionId): void {
    this.wanted = revision;
    this.cluster.template = revision;
    // What the webhook does in the same write.
    this.cluster.paused = true;
  }

  /** One look, of which only the first writes are done: it is killed then. */
  look(writesDone = Infinity): number {
    const { cluster, rollout } = this;
    this.#now += 20_000;
    const seen = { wanted: { revision: this.wanted, mode: 'strategy' as const }, groups: cluster.groups() };
    const decision = advance(rollout, this.status, seen, this.#now);
    this.status = decision.status;
    const wishes = wishesOf(decision.desired.groups, {
      full: rollout.workload.replicas,
      replicas: cluster.bounds.replicas,
    });
    const writes = wishes === undefined ? [] : nextWrites(cluster.world(), wishes, holdOf(rollout));
    for (const write of writes.slice(0, writesDone)) {
      cluster.write(write);
      this.#measure();
    }
    cluster.podsGetReady();
    this.#measure();
    return writes.length;
  }

  /** Until nothing is left to be done. */
  settle(): void {
    let quiet = 0;
    for (let i = 0; i < 400 && quiet < 4; i++) {
      const writes = this.look();
      quiet = writes === 0 && this.status.release === undefined ? quiet + 1 : 0;
    }
  }

  #measure(): void {
    this.leastReady = Math.min(this.leastReady, this.cluster.ready());
    this.mostPods = Math.max(this.mostPods, this.cluster.size());
  }
}

function holdOf({ workload }: Rollout): 'webhook' | 'always' {
  return workload.kind === 'deployment' ? workload.hold : 'webhook';
}
