import type { KubeClient } from '../../src/kube/client.ts';
import { Informer } from '../../src/kube/informer.ts';
import { PODS, type Pod } from '../../src/workloads/deployment/objects.ts';

/** What is known of a pod. */
interface Seen {
  readonly uid: string;
  readonly app: string;
  readonly image: string;
  readonly isReady: boolean;
  readonly isLeaving: boolean;
}

/** Follows the pods of a namespace, every change of them, so that nothing that happens for a moment goes unseen. */
export class PodWatch {
  readonly #informer: Informer<Pod, Seen>;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;
  readonly #started = new Map<string, Set<string>>();
  readonly #leastReady = new Map<string, number>();
  readonly #most = new Map<string, number>();

  constructor(client: KubeClient, namespace: string) {
    this.#informer = new Informer<Pod, Seen>({
      client,
      of: PODS,
      selection: { namespace },
      keep: seenOf,
      onChange: ({ now, before }) => {
        const seen = now ?? before;
        if (seen !== undefined) this.#note(seen);
      },
    });
    this.#running = this.#informer.run(this.#ended.signal);
  }

  /** The images of those that are ready and stay, sorted. */
  ready(app: string): readonly string[] {
    const own = this.#informer.all().filter((one) => one.app === app && one.isReady && !one.isLeaving);
    return own.map(({ image }) => image).sort();
  }

  /** How many pods of an image were ever started. */
  started(image: string): number {
    return this.#started.get(image)?.size ?? 0;
  }

  /** How few pods of an app were ready at a moment since it was last asked to mark. */
  leastReady(app: string): number {
    return this.#leastReady.get(app) ?? NaN;
  }

  /** How many pods of an app stood, ready or not, at a moment since it was last asked to mark. */
  most(app: string): number {
    return this.#most.get(app) ?? NaN;
  }

  /** Begins to count how few are ready, and how many there are. */
  mark(app: string): void {
    this.#leastReady.set(app, this.ready(app).length);
    this.#most.set(app, this.#standing(app));
  }

  #standing(app: string): number {
    return this.#informer.all().filter((one) => one.app === app && !one.isLeaving).length;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  #note({ app, image, uid }: Seen): void {
    const known = this.#started.get(image) ?? new Set();
    this.#started.set(image, known.add(uid));
    const least = this.#leastReady.get(app);
    if (least !== undefined) this.#leastReady.set(app, Math.min(least, this.ready(app).length));
    const most = this.#most.get(app);
    if (most !== undefined) this.#most.set(app, Math.max(most, this.#standing(app)));
  }
}

function seenOf({ metadata, status, spec }: Pod): Seen {
  const { containers } = spec as { readonly containers?: readonly { readonly image?: string }[] };
  return {
    uid: metadata.uid ?? '',
    app: metadata.labels?.['app'] ?? '',
    image: containers?.[0]?.image ?? '',
    isReady: (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True'),
    isLeaving: metadata.deletionTimestamp !== undefined,
  };
}
