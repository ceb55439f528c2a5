import type { Traffic } from '../analysis/power/traffic.ts';
import type { FollowingView, RolloutView } from '../api/resources.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { Observation } from '../engine/observation.ts';
import type { Reading } from '../engine/status.ts';
import type { Rollout } from '../rollout/model.ts';
import type { InstanceView } from '../supervisor/settings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { Hub } from './hub.ts';
import { RecentReadings } from './rates.ts';
import { Takeovers } from './takeovers.ts';
import { UsualTraffic } from './usual-traffic.ts';
import { rolloutView } from './views.ts';

/** What is known of a Rollout besides what a look sees. */
export interface KnownFacts {
  readonly addressOf: (record: RolloutRecord) => string | undefined;
  readonly following: (rollout: Rollout) => FollowingView | undefined;
}

/** What was seen last of each Rollout, and everybody who watches. */
export class Shown {
  readonly hub = new Hub();
  readonly takeovers = new Takeovers();
  readonly #supervisor: Supervisor;
  readonly #facts: KnownFacts;
  readonly #seen = new Map<string, Observation>();
  readonly #readings = new Map<string, RecentReadings>();
  readonly #usual = new Map<string, UsualTraffic>();
  /** The newest saved version of each record: an older one is not shown any more. */
  readonly #newest = new Map<string, number>();

  constructor(supervisor: Supervisor, facts: KnownFacts) {
    this.#supervisor = supervisor;
    this.#facts = facts;
  }

  /** Remembers a look and tells who watches. */
  look(name: string, record: RolloutRecord | undefined, seen: Observation): void {
    if (record === undefined) {
      this.forget(name);
      return;
    }
    this.#seen.set(name, seen);
    if (seen.reading !== undefined) this.#read(name, seen.reading);
    this.#show(record);
  }

  /** True for a Rollout that this control process has looked at. */
  hasSeen(name: string): boolean {
    return this.#seen.has(name);
  }

  #read(name: string, reading: Reading): void {
    const readings = this.#readings.get(name) ?? new RecentReadings();
    readings.add(reading);
    this.#readings.set(name, readings);
    const usual = this.#usual.get(name) ?? new UsualTraffic();
    usual.add(reading);
    this.#usual.set(name, usual);
  }

  /** What a Rollout was sent lately; undefined when nothing was seen. */
  traffic(name: string): Traffic | undefined {
    return this.#usual.get(name)?.traffic();
  }

  /** A record was saved, by a look or by a user; the look that is about it shows it, with what was seen then. */
  saved(record: RolloutRecord): void {
    this.#newest.set(record.rollout.name, record.version);
  }

  #show(record: RolloutRecord): void {
    if (!this.hub.isWatched) return;
    this.view(record).then(
      (rollout) => {
        // A look may end after somebody changed what it looked at.
        const isNewest = record.version >= (this.#newest.get(rollout.name) ?? 0);
        if (isNewest) this.hub.publish({ kind: 'rollout', rollout });
      },
      // The next look shows it.
      () => undefined,
    );
  }

  /** A Rollout is gone. */
  forget(name: string): void {
    this.#seen.delete(name);
    this.#readings.delete(name);
    this.#usual.delete(name);
    this.takeovers.forget(name);
    this.#newest.delete(name);
    this.hub.publish({ kind: 'deleted', name });
  }

  /** A Rollout as the API shows it now. */
  async view(record: RolloutRecord): Promise<RolloutView> {
    const { name } = record.rollout;
    return rolloutView({
      record,
      seen: this.#seen.get(name),
      instances: shownOf(record, await this.#supervisor.instances(name)),
      readings: this.#readings.get(name),
      address: this.#facts.addressOf(record),
      following: this.#facts.following(record.rollout),
      takeover: this.takeovers.view(record.rollout),
    });
  }
}

/** What a container uses is not what the process uses that stands for it. */
function shownOf({ rollout }: RolloutRecord, instances: readonly InstanceView[]): readonly InstanceView[] {
  if (rollout.workload.kind !== 'container') return instances;
  return instances.map(({ rssBytes: _, ...instance }) => instance);
}
