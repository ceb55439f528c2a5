import type { Group } from '../../../engine/observation.ts';
import type { RevisionId } from '../../../rollout/model.ts';
import { settled, type Bounds } from '../settling.ts';
import type { PodSet, Reissuing, World } from '../world.ts';
import type { Write } from '../writes.ts';

type Mutable = { -readonly [K in keyof PodSet]: PodSet[K] };

/** A version of before. */
export interface Kept {
  readonly size: number;
  readonly laterBy: number;
  readonly name: string;
}

/** A Deployment with its controllers, as far as sizes go: pods get ready one look after they were made. */
export class ModelCluster {
  readonly sets: Mutable[] = [];
  bounds: Bounds;
  template: RevisionId;
  paused = false;
  /** Pods that were ever started, by revision. */
  readonly started = new Map<string, number>();
  /** Revisions whose pods never get ready. */
  readonly broken = new Set<RevisionId>();
  reissues: Reissuing[] = [];
  #clock = 0;

  constructor(bounds: Bounds, stable: RevisionId) {
    this.bounds = bounds;
    this.template = stable;
    this.#add(stable, { owner: 'deployment', size: bounds.replicas });
    this.podsGetReady();
  }

  world(): World {
    return {
      ...this.bounds,
      template: this.template,
      paused: this.paused,
      isObserved: true,
      awaitsClaim: false,
      reissues: [...this.reissues],
      sets: [...this.sets],
    };
  }

  groups(): readonly Group[] {
    return this.sets.flatMap(({ key, size, ready }) =>
      key === undefined || size === 0 ? [] : [{ ...key, running: size, ready }],
    );
  }

  ready(): number {
    return this.sets.reduce((sum, { ready }) => sum + ready, 0);
  }

  size(): number {
    return this.sets.reduce((sum, { size }) => sum + size, 0);
  }

  of(revision: RevisionId): Mutable | undefined {
    return this.sets.find(({ key }) => key?.revision === revision);
  }

  /** A version of before that was kept beside the Deployment, ready; made so much later than what runs there. */
  keeps(revision: RevisionId, { size, laterBy, name }: Kept): void {
    this.#add(revision, { owner: 'rollout', size });
    const set = this.of(revision);
    const first = this.sets[0];
    if (set === undefined || first === undefined) return;
    set.name = name;
    set.createdAt = first.createdAt + laterBy;
    set.ready = size;
    set.available = size;
    this.started.clear();
  }

  /** Does one write, and lets the Deployment controller answer. */
  write(write: Write): void {
    const set = 'set' in write ? this.sets.find(({ name }) => name === write.set.name) : undefined;
    if (write.kind === 'hold') this.paused = write.paused;
    if (write.kind === 'create') this.#add(write.key.revision, write);
    if ('record' in write) this.#goOn(write.record, write.kind);
    if (set !== undefined) this.#change(set, write);
    this.controllerActs();
  }

  /** So far has its controller come by itself: so many pods are left of the first, and so many serve of what is new. */
  rolled(left: number, { serving, laterBy }: { readonly serving: number; readonly laterBy: number }): void {
    const [old, fresh] = this.sets;
    if (old === undefined || fresh === undefined) throw new RangeError('nothing is being rolled');
    this.#resize(old, left);
    fresh.createdAt = old.createdAt + laterBy;
    this.#resize(fresh, Math.max(1, serving));
    fresh.ready = serving;
    fresh.available = serving;
  }

  /** So many pods of a revision are left that are ready, and no others of it get so. */
  fails(revision: RevisionId, left: number): void {
    this.broken.add(revision);
    const set = this.of(revision);
    if (set === undefined) return;
    set.ready = Math.min(set.ready, left);
    set.available = set.ready;
  }

  podsGetReady(): void {
    this.reissues = this.reissues.map((one) => ({
      ...one,
      state: one.state === 'leaving' ? 'gone' : one.state,
    }));
    for (const set of this.sets) {
      if (set.key === undefined || this.broken.has(set.key.revision)) continue;
      set.ready = set.size;
      set.available = set.size;
    }
    this.controllerActs();
  }

  controllerActs(): void {
    const own = this.sets.filter(({ owner }) => owner === 'deployment');
    if (!this.paused) this.#rollsTo(own);
    const newest = own.find(({ key }) => key?.revision === this.template);
    if (own.every(({ size }) => size === 0)) this.#wakesUp(own, newest);
    else if (newest !== undefined && this.#isSaturated(newest)) this.#letsOthersGo(own, newest);
    else this.#settles(own);
  }

  #isSaturated({ size, available }: PodSet): boolean {
    return size === this.bounds.replicas && available >= size;
  }

  #letsOthersGo(own: readonly Mutable[], newest: Mutable): void {
    for (const set of own) if (set !== newest) this.#resize(set, 0);
  }

  #settles(own: readonly Mutable[]): void {
    for (const { name, size } of settled(own, this.bounds)) {
      const set = this.sets.find((one) => one.name === name);
      if (set !== undefined) this.#resize(set, size);
    }
  }

  /** Not paused it makes its template run, whatever anybody thinks of that. */
  #rollsTo(own: readonly Mutable[]): void {
    if (own.some(({ key }) => key?.revision === this.template)) return;
    this.#add(this.template, { owner: 'deployment', size: Math.max(1, this.bounds.surge), isOurs: false });
  }

  #wakesUp(own: readonly Mutable[], newest: Mutable | undefined): void {
    const latest = newest ?? [...own].sort((a, b) => b.createdAt - a.createdAt)[0];
    if (latest !== undefined) this.#resize(latest, this.bounds.replicas);
  }

  #change(set: Mutable, write: Write): void {
    if (write.kind === 'resize' || write.kind === 'takeOut') this.#resize(set, write.size);
    if (write.kind === 'takeOut') {
      set.owner = 'rollout';
      set.isOurs = true;
    }
    if (write.kind === 'handIn') set.owner = 'deployment';
    if (write.kind === 'reissue') this.reissues.push({ record: set.name, state: 'written' });
    if (write.kind === 'delete' && !set.isLeaving) this.sets.splice(this.sets.indexOf(set), 1);
  }

  /** What is made again gets the pods that were let go. */
  #goOn(record: string, kind: Write['kind']): void {
    const set = this.sets.find(({ name }) => name === record);
    if (set === undefined) return;
    this.reissues = this.reissues.filter((one) => one.record !== record);
    if (kind === 'forget') return;
    set.isLeaving = kind === 'letGo';
    this.reissues.push({ record, state: set.isLeaving ? 'leaving' : 'done' });
    if (set.isLeaving) return;
    this.#clock += 1;
    set.createdAt = this.#clock;
  }

  /** Those that are not ready go first. */
  #resize(set: Mutable, size: number): void {
    const revision = set.key?.revision ?? '';
    this.started.set(revision, (this.started.get(revision) ?? 0) + Math.max(0, size - set.size));
    set.size = size;
    set.ready = Math.min(set.ready, size);
    set.available = set.ready;
  }

  #add(revision: RevisionId, made: { owner: PodSet['owner']; size: number; isOurs?: boolean }): void {
    this.#clock += 1;
    const set: Mutable = {
      name: `web-${revision}-${this.#clock}`,
      owner: made.owner,
      key: { revision },
      isOurs: made.isOurs ?? true,
      isMade: made.isOurs ?? true,
      size: 0,
      createdAt: this.#clock,
      ready: 0,
      available: 0,
      isSettled: true,
      isObserved: true,
      isLeaving: false,
      isPinned: false,
      canBePinned: false,
    };
    this.sets.push(set);
    this.#resize(set, made.size);
  }
}
