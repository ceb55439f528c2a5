import { messageOf } from '../../base/failure.ts';
import type { CountedTick } from '../../engine/decision.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { LABELS } from '../../kube/names.ts';
import { keyText, type ObjectKey } from '../../kube/object.ts';
import { deadlineIn, orAborted } from '../../system/waiting.ts';
import type { Log } from '../../telemetry/log.ts';
import { ownedByRelease, RELEASE_TICKS, type ReleaseTicksObject, type RolloutObject } from '../objects.ts';
import { releaseName } from '../release-name.ts';
import type { Releases } from '../store/releases.ts';
import { PendingTicks, type Taken } from './pending.ts';
import { damagedIn, lengthOf, LONGEST, partOf, thinned, ticksIn, ticksUntil } from './series.ts';

/** What ticks are kept with. */
export interface TickKeeperParts {
  readonly client: KubeClient;
  /** The objects that the ticks of releases belong to, and go with. */
  readonly releases: Pick<Releases, 'find'>;
  readonly log: Log;
  /** When what is asked from now on must be answered. */
  readonly deadline: () => AbortSignal;
  /** Ticks of a release wait so long for each other; a minute by default. */
  readonly lagMs?: number;
}

/** Ticks of a release wait so long, to be written together. */
const LAG_MS = 60_000;
/** So many releases a second have ticks written, however many run: what decides something goes before it. */
const MOST_A_SECOND = 5;
/** What ends waits no longer for its ticks. */
const END_MS = 2_000;
/** How often somebody else may have written in between. */
const ATTEMPTS = 3;

/**
 * Keeps the ticks of releases, each release's in an object that goes with its Release. They are for people: nothing waits for
 * them, they are written seldom, and what an operator that is killed has not written yet is a gap. At rest there is nothing to
 * write.
 */
export class TickKeeper {
  readonly #parts: TickKeeperParts;
  /** Of releases that run, or have ended and are not written yet; by the uid of the Rollout. */
  readonly #series = new Map<string, Series>();

  constructor(parts: TickKeeperParts) {
    this.#parts = parts;
  }

  /** Takes a tick that counts. */
  add(of: RolloutObject, counted: CountedTick): void {
    const series = this.#seriesOf(of, counted.release);
    try {
      series.pending.add(counted);
    } catch (cause) {
      this.#tell(series, messageOf(cause));
    }
    this.#schedule(series, this.#lagMs());
  }

  /** Writes what there is of a release that ends, before it is told that it has ended; not for long. */
  async end({ metadata }: RolloutObject, release: number): Promise<void> {
    const series = this.#series.get(metadata.uid ?? '');
    if (series?.release !== release) return;
    series.hasEnded = true;
    await orAborted(this.#write(series), deadlineIn(END_MS));
  }

  /** Forgets the ticks of a Rollout that is gone. */
  forget(uid: string): void {
    clearTimeout(this.#series.get(uid)?.timer);
    this.#series.delete(uid);
  }

  /** Writes everything that waits, as far as the signal lets it. */
  async allWritten(signal: AbortSignal): Promise<void> {
    const writing = [...this.#series.values()].map((series) => this.#write(series));
    await orAborted(
      Promise.all(writing).then(() => undefined),
      signal,
    );
    for (const uid of [...this.#series.keys()]) this.forget(uid);
  }

  #seriesOf(of: RolloutObject, release: number): Series {
    const { uid = '', name, namespace = 'default' } = of.metadata;
    const known = this.#series.get(uid);
    if (known?.release === release) return known;
    // The one before has ended, and what it could not write by now is lost.
    this.forget(uid);
    const key = { namespace, name: releaseName(name, release) };
    const series: Series = {
      ...{ of, uid, release, key },
      pending: new PendingTicks(),
      hasEnded: false,
      writing: Promise.resolve(),
    };
    this.#series.set(uid, series);
    return series;
  }

  #lagMs(): number {
    const { lagMs = LAG_MS } = this.#parts;
    return Math.max(lagMs, (this.#series.size / MOST_A_SECOND) * 1_000);
  }

  #schedule(series: Series, inMs: number): void {
    const dueAt = performance.now() + inMs;
    if (series.dueAt !== undefined && series.dueAt <= dueAt) return;
    clearTimeout(series.timer);
    series.dueAt = dueAt;
    series.timer = setTimeout(() => void this.#write(series), inMs);
    series.timer.unref();
  }

  /** None of it fails: what cannot be written is tried again later. */
  #write(series: Series): Promise<void> {
    clearTimeout(series.timer);
    delete series.dueAt;
    series.writing = series.writing.then(() => this.#writeAll(series));
    return series.writing;
  }

  async #writeAll(series: Series): Promise<void> {
    const taken = series.pending.take();
    if (taken !== undefined) await this.#put(series, taken);
    if (series.hasEnded && series.pending.isEmpty && this.#series.get(series.uid) === series)
      this.forget(series.uid);
  }

  async #put(series: Series, taken: Taken): Promise<void> {
    try {
      await this.#tryToPut(series, taken);
      delete series.trouble;
    } catch (cause) {
      this.#tell(series, messageOf(cause));
      series.pending.giveBack(taken);
      if (this.#series.get(series.uid) === series) this.#schedule(series, this.#lagMs());
    }
  }

  /** Once for each reason. */
  #tell(series: Series, trouble: string): void {
    if (series.trouble === trouble) return;
    series.trouble = trouble;
    this.#warn(series, `ticks of release ${series.release} cannot be written: ${trouble}`);
  }

  #warn({ of: { metadata } }: Series, message: string): void {
    this.#parts.log.warn(message, { rollout: keyText(metadata) });
  }

  async #tryToPut(series: Series, taken: Taken): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const there = await this.#written(series, taken);
        if (there !== undefined) await this.#keepShort(series, there);
        return;
      } catch (cause) {
        // Somebody else has written, or what was written last has not been answered.
        delete series.version;
        const isOver = !isApiError(cause, 'conflict', 'invalid', 'alreadyExists', 'notFound');
        if (isOver || attempt >= ATTEMPTS) throw cause;
      }
    }
  }

  /** The object with the ticks in it; undefined where there is no Release any more that they could be of. */
  async #written(series: Series, taken: Taken): Promise<ReleaseTicksObject | undefined> {
    const { client, deadline } = this.#parts;
    if (series.version !== undefined) return this.#append(series, taken.parts, series.version);
    const there = await client.get(RELEASE_TICKS, series.key, deadline());
    if (there === undefined) return this.#make(series, taken.parts);
    // Of another operator: what was not saved when it ended has been measured again.
    series.pending.every = there.spec.every;
    const { parts } = there.spec;
    const kept = ticksUntil(ticksIn(parts), taken.since);
    const written = await this.#replace(series, there, {
      ...there.spec,
      parts: [partOf(kept), ...taken.parts],
    });
    // Told once: it is not there any more.
    const damaged = damagedIn(parts);
    if (damaged > 0) this.#warn(series, lost(series, damaged, parts.length));
    return written;
  }

  #append(series: Series, parts: readonly string[], version: string): Promise<ReleaseTicksObject> {
    const { client, deadline } = this.#parts;
    const test = { op: 'test', path: '/metadata/resourceVersion', value: version } as const;
    const added = parts.map((value) => ({ op: 'add', path: '/spec/parts/-', value }) as const);
    return client.patch(RELEASE_TICKS, { ...series.key, json: [test, ...added] }, deadline());
  }

  #replace(
    series: Series,
    { metadata: { resourceVersion = '' } }: ReleaseTicksObject,
    spec: ReleaseTicksObject['spec'],
  ): Promise<ReleaseTicksObject> {
    const { client, deadline } = this.#parts;
    const merge = { metadata: { resourceVersion }, spec };
    return client.patch(RELEASE_TICKS, { ...series.key, merge }, deadline());
  }

  async #make(series: Series, parts: readonly string[]): Promise<ReleaseTicksObject | undefined> {
    const { client, releases, deadline } = this.#parts;
    const { of, release: number, key } = series;
    const owner = await releases.find(of, number, deadline());
    if (owner === undefined) return undefined;
    const { name: rollout } = of.metadata;
    const metadata = {
      ...key,
      labels: { [LABELS.rollout]: rollout },
      ownerReferences: [ownedByRelease(owner.metadata)],
    };
    const spec = { rollout, number, every: series.pending.every, parts: [...parts] };
    return client.create(RELEASE_TICKS, { metadata, spec }, deadline());
  }

  /** What is long is told more coarsely, from now on too. */
  async #keepShort(series: Series, there: ReleaseTicksObject): Promise<void> {
    series.version = there.metadata.resourceVersion ?? '';
    if (lengthOf(there.spec.parts) <= LONGEST) return;
    const { part, times } = thinned(ticksIn(there.spec.parts));
    series.pending.every = there.spec.every * 2 ** times;
    const spec = { ...there.spec, every: series.pending.every, parts: [part] };
    const { metadata } = await this.#replace(series, there, spec);
    series.version = metadata.resourceVersion ?? '';
  }
}

function lost({ release, key }: Series, damaged: number, parts: number): string {
  const which = `${RELEASE_TICKS.kind} ${key.name}`;
  return `ticks of release ${release} are lost: ${damaged} of ${parts} parts of ${which} were damaged; those that can be read are kept`;
}

/** The ticks of one release, between two writes. */
interface Series {
  readonly of: RolloutObject;
  readonly uid: string;
  readonly release: number;
  readonly key: ObjectKey;
  readonly pending: PendingTicks;
  hasEnded: boolean;
  /** Of the object as it was last written here; absent: it is not known. */
  version?: string;
  dueAt?: number;
  timer?: NodeJS.Timeout;
  /** One write after the other. */
  writing: Promise<void>;
  /** Why it could not be written last. */
  trouble?: string;
}
