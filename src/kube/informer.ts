import { orAborted, waitFor } from '../system/waiting.ts';
import { isApiError } from './api-error.ts';
import { Backoff } from '../system/backoff.ts';
import type { Change, KubeClient, Selection } from './client.ts';
import { IndexedCache, type Indexes } from './indexed-cache.ts';
import { isLater, keyIn, keyText, type KubeObject, type ObjectKey } from './object.ts';
import type { Resource } from './resource.ts';

const BACKOFF = { firstMs: 200, longestMs: 30_000 };
/** A watch that has lasted so long was a good one. */
const GOOD_WATCH_MS = 5_000;

/** What an informer follows, and what it keeps of it. */
export interface InformerOptions<T extends KubeObject, V> {
  readonly client: KubeClient;
  readonly of: Resource<T>;
  /** Absent: everything, of all namespaces. */
  readonly selection?: Selection;
  /** What is kept of an object, given what was kept of it before. Memory is what this makes it. */
  readonly keep: (object: T, before: V | undefined) => V;
  /** By what else values are looked up, as with `under('owner', uid)`. */
  readonly indexes?: Indexes<V>;
  /** Told of each change of what is kept, in order, after the cache has it. Must not throw, nor take long. */
  readonly onChange?: (change: KeptChange<V>) => void;
  /** Told when the API server cannot be asked; it is asked again. */
  readonly onTrouble?: (error: unknown) => void;
}

/** A change of what an informer keeps. */
export interface KeptChange<V> {
  readonly key: ObjectKey;
  /** Absent: it was not there. */
  readonly before?: V;
  /** Absent: it is gone. */
  readonly now?: V;
}

/**
 * Keeps what is true of the objects of a kind: lists them, follows their changes, goes on where it was when the
 * connection ends, and lists anew when changes have been missed.
 */
export class Informer<T extends KubeObject, V> {
  readonly #options: InformerOptions<T, V>;
  readonly #cache: IndexedCache<V>;
  readonly #backoff = new Backoff(BACKOFF);
  readonly #firstList: Promise<void>;
  #listed: () => void = () => undefined;
  #hasSynced = false;
  #resourceVersion: string | undefined;

  constructor(options: InformerOptions<T, V>) {
    this.#options = options;
    this.#cache = new IndexedCache(options.indexes ?? {});
    this.#firstList = new Promise((resolve) => {
      this.#listed = resolve;
    });
  }

  /** True once all objects have been listed. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Waits until all objects have been listed; false when the signal came first. */
  async synced(signal: AbortSignal): Promise<boolean> {
    await orAborted(this.#firstList, signal);
    return this.#hasSynced;
  }

  /** What is kept of an object. */
  get(key: ObjectKey): V | undefined {
    return this.#cache.get(keyText(key));
  }

  /** What is kept of all objects. */
  all(): readonly V[] {
    return [...this.#cache.values()];
  }

  /** What an index has under a word. */
  under(index: string, word: string): readonly V[] {
    return this.#cache.under(index, word);
  }

  get size(): number {
    return this.#cache.size;
  }

  /**
   * Keeps what the API server answered to a write of ours, before the watch brings it. What the watch has come past
   * already is left to it: it knows what became of that since.
   */
  note(written: T): void {
    const reached = this.#resourceVersion;
    if (reached === undefined || !isLater(written.metadata.resourceVersion, reached)) return;
    this.#takeLater(written);
  }

  /** Follows until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait = await this.#once(signal);
      if (wait > 0) await waitFor(wait, signal);
    }
  }

  /** Lists when that is needed, then watches as long as one connection lasts. Answers how long to wait then. */
  async #once(signal: AbortSignal): Promise<number> {
    let begun = performance.now();
    try {
      if (this.#resourceVersion === undefined) await this.#list(signal);
      begun = performance.now();
      await this.#watch(signal);
    } catch (error) {
      if (signal.aborted) return 0;
      // What was missed is only in a new list, which may be asked for at once, but not again and again.
      if (isApiError(error, 'gone')) this.#resourceVersion = undefined;
      else this.#options.onTrouble?.(error);
    }
    if (performance.now() - begun >= GOOD_WATCH_MS) this.#backoff.reset();
    return this.#backoff.next();
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, of, selection = {} } = this.#options;
    const seen = new Set<string>();
    let resourceVersion: string | undefined;
    for await (const page of client.pages(of, selection, signal)) {
      for (const object of page.items) seen.add(this.#take(object));
      ({ resourceVersion } = page);
    }
    for (const key of [...this.#cache.keys()]) if (!seen.has(key)) this.#drop(key);
    this.#resourceVersion = resourceVersion;
    this.#hasSynced = true;
    this.#listed();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, of, selection = {} } = this.#options;
    const { pageSize: _, ...selected } = selection;
    const from = { ...selected, resourceVersion: this.#resourceVersion ?? '' };
    for await (const change of client.watch(of, from, signal)) this.#follow(change);
  }

  #follow(change: Change<T>): void {
    if (change.kind === 'bookmark') {
      this.#resourceVersion = change.resourceVersion;
      return;
    }
    if (change.kind === 'deleted') this.#drop(keyText(change.object.metadata));
    else this.#takeLater(change.object);
    this.#resourceVersion = change.object.metadata.resourceVersion ?? this.#resourceVersion;
  }

  /** Keeps an object, unless a later state of it is known. */
  #takeLater(object: T): void {
    const known = this.#cache.versionOf(keyText(object.metadata));
    if (known === undefined || isLater(object.metadata.resourceVersion, known)) this.#take(object);
  }

  /** Keeps an object, and tells of it unless this version is known. Answers its key. */
  #take(object: T): string {
    const key = keyText(object.metadata);
    const { resourceVersion = '' } = object.metadata;
    if (this.#cache.versionOf(key) === resourceVersion) return key;
    const before = this.#cache.get(key);
    const now = this.#options.keep(object, before);
    this.#cache.set(key, { resourceVersion, value: now });
    this.#options.onChange?.({ key: keyIn(key), now, ...(before === undefined ? {} : { before }) });
    return key;
  }

  #drop(key: string): void {
    const before = this.#cache.get(key);
    this.#cache.delete(key);
    if (before !== undefined) this.#options.onChange?.({ key: keyIn(key), before });
  }
}
