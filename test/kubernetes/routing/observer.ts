import type { KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { resource } from '../../../src/kube/resource.ts';
import { deadlineIn } from '../../../src/system/waiting.ts';
import { PODS } from '../../../src/workloads/deployment/objects.ts';
import type { RouterCase } from './cases.ts';

interface EndpointSlice extends KubeObject {
  readonly endpoints?:
    | readonly {
        readonly conditions?: { readonly ready?: boolean };
        readonly targetRef?: { readonly name?: string };
      }[]
    | null;
}

const SLICES = resource<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', { plural: 'endpointslices' });
const LOOK_EVERY_MS = 15;

/** The pods that get a part of the requests: those behind a Service, or those of them with such labels. */
export interface Target {
  readonly service: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly weight: number;
}

/** How many percent of the requests come to each image. */
export type Served = Readonly<Record<string, number>>;

/**
 * Does what a data plane does, again and again: reads the route, and who is behind it. Requests that would be sent to
 * nobody are remembered for ever.
 */
export class Observer {
  /** Every division of requests that was seen, without repetitions. */
  readonly seen: Served[] = [];
  /** Where requests would have had no answer. */
  readonly lost: string[] = [];
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #router: RouterCase;
  readonly #images = new Map<string, { readonly image: string; readonly labels: Target['labels'] }>();
  #running: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(client: KubeClient, namespace: string, router: RouterCase) {
    this.#client = client;
    this.#namespace = namespace;
    this.#router = router;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
  }

  /** Percents that an image has had, one after another. */
  percentsOf(image: string): readonly number[] {
    const all = this.seen.map((served) => served[image] ?? 0);
    return all.filter((percent, i) => percent !== all[i - 1]);
  }

  /** What is served now; undefined when the route changes at this very moment. */
  async look(): Promise<Served | undefined> {
    const signal = deadlineIn(10_000);
    const before = await this.#router.targets(this.#client, this.#namespace);
    const [{ items: slices }, { items: pods }] = await Promise.all([
      this.#client.list(SLICES, { namespace: this.#namespace }, signal),
      this.#client.list(PODS, { namespace: this.#namespace }, signal),
    ]);
    const after = await this.#router.targets(this.#client, this.#namespace);
    if (JSON.stringify(before) !== JSON.stringify(after)) return undefined;
    for (const pod of pods) {
      const { containers } = pod.spec as { readonly containers?: readonly { readonly image?: string }[] };
      const known = { image: containers?.[0]?.image ?? '', labels: pod.metadata.labels };
      this.#images.set(pod.metadata.name, known);
    }
    return this.#divide(before, slices);
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      const served = await this.look().catch(() => undefined);
      if (served !== undefined && JSON.stringify(served) !== JSON.stringify(this.seen.at(-1)))
        this.seen.push(served);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #divide(targets: readonly Target[], slices: readonly EndpointSlice[]): Served {
    const total = targets.reduce((sum, { weight }) => sum + weight, 0);
    const served: Record<string, number> = {};
    for (const target of targets.filter(({ weight }) => weight > 0)) {
      const images = this.#behind(target, slices);
      const part = (target.weight * 100) / total;
      if (images.length === 0)
        this.lost.push(`${part} % to ${JSON.stringify(target)} after ${JSON.stringify(this.seen.at(-1))}`);
      for (const image of images) served[image] = (served[image] ?? 0) + part / images.length;
    }
    return Object.fromEntries(
      Object.entries(served).map(([image, percent]) => [image, Math.round(percent * 1_000) / 1_000]),
    );
  }

  #behind({ service, labels = {} }: Target, slices: readonly EndpointSlice[]): readonly string[] {
    const own = slices.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service);
    return own
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ targetRef }) => this.#images.get(targetRef?.name ?? '') ?? [])
      .filter((pod) => Object.entries(labels).every(([key, value]) => pod.labels?.[key] === value))
      .map(({ image }) => image)
      .sort();
  }
}
