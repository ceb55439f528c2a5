import type { KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { resource } from '../../../src/kube/resource.ts';
import { deadlineIn } from '../../../src/system/waiting.ts';
import { PODS } from '../../../src/workloads/deployment/objects.ts';
import type { RouterCase } from './cases.ts';
import type { Answer, Request, Target } from './planes.ts';

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

/** How many percent of the requests come to each image. */
export type Served = Readonly<Record<string, number>>;

/** What was seen at one moment. */
export interface Seen {
  /** Who answers ordinary requests. */
  readonly users: Served;
  /** Who answers those with `x-preview: 1`. */
  readonly audience: Served;
  /** Who gets copies of ordinary requests. */
  readonly copies: Served;
  /** What ordinary requests are divided into, the smallest part first. */
  readonly weights: readonly number[];
}

interface Reached {
  readonly target: Target;
  readonly images: readonly string[];
}

const ORDINARY: Request = { method: 'GET', path: '/', headers: {} };

/**
 * Does what a data plane does, again and again: reads the route, and who is behind it. Whatever a look has found is
 * remembered, and requests that would be sent to nobody are for ever; what lasts no longer than a look may go unseen.
 */
export class Observer {
  /** All that was seen, without repetitions. */
  readonly seen: Seen[] = [];
  /** Where requests would have had no answer. */
  readonly lost: string[] = [];
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #router: RouterCase;
  readonly #images = new Map<string, { readonly image: string; readonly labels: Target['labels'] }>();
  #running: Promise<void> = Promise.resolve();
  #lastLook: Promise<unknown> = Promise.resolve();
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
  percentsOf(image: string, whose: 'users' | 'audience' | 'copies' = 'users'): readonly number[] {
    const all = this.seen.map((seen) => seen[whose][image] ?? 0);
    return all.filter((percent, i) => percent !== all[i - 1]);
  }

  /** What is served now; undefined when the route changes at this very moment. One look after the other, so that they are remembered in order. */
  look(): Promise<Seen | undefined> {
    const look = this.#lastLook.then(() => this.#look());
    this.#lastLook = look.catch(() => undefined);
    return look;
  }

  async #look(): Promise<Seen | undefined> {
    const seen = await this.#see();
    if (seen !== undefined && JSON.stringify(seen) !== JSON.stringify(this.seen.at(-1))) this.seen.push(seen);
    return seen;
  }

  async #see(): Promise<Seen | undefined> {
    const signal = deadlineIn(10_000);
    const before = await this.#answers();
    const [{ items: slices }, { items: pods }] = await Promise.all([
      this.#client.list(SLICES, { namespace: this.#namespace }, signal),
      this.#client.list(PODS, { namespace: this.#namespace }, signal),
    ]);
    const after = await this.#answers();
    if (JSON.stringify(before) !== JSON.stringify(after)) return undefined;
    for (const pod of pods) {
      const { containers } = pod.spec as { readonly containers?: readonly { readonly image?: string }[] };
      const known = { image: containers?.[0]?.image ?? '', labels: pod.metadata.labels };
      this.#images.set(pod.metadata.name, known);
    }
    const { users, audience } = before;
    const weights = users.targets.map(({ weight }) => weight).filter((weight) => weight > 0);
    return {
      users: this.#divide(this.#answered(users, slices)),
      audience: this.#divide(this.#answered(audience, slices)),
      // Copies are shares of all requests, each for itself; nobody waits for their answers.
      copies: this.#divide(
        users.copies.map((target) => this.#reached(target, slices)),
        100,
      ),
      weights: weights.sort((a, b) => a - b),
    };
  }

  async #answers(): Promise<{ readonly users: Answer; readonly audience: Answer }> {
    const plane = await this.#router.plane(this.#client, this.#namespace);
    const request: Request = { ...ORDINARY, ...this.#router.request };
    return { users: plane(request), audience: plane({ ...request, headers: { 'x-preview': '1' } }) };
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      await this.look().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Who answers; whoever is sent to nobody is remembered. */
  #answered({ targets }: Answer, slices: readonly EndpointSlice[]): readonly Reached[] {
    const reached = targets.filter(({ weight }) => weight > 0).map((target) => this.#reached(target, slices));
    if (reached.length === 0) this.#lose('there is no route');
    for (const { target, images } of reached) if (images.length === 0) this.#lose(JSON.stringify(target));
    return reached;
  }

  #lose(what: string): void {
    this.lost.push(`${what} after ${JSON.stringify(this.seen.at(-1))}`);
  }

  #reached(target: Target, slices: readonly EndpointSlice[]): Reached {
    return { target, images: this.#behind(target, slices) };
  }

  /** The percent of each image; without a total, weights are parts of all of them. */
  #divide(
    reached: readonly Reached[],
    total = reached.reduce((sum, { target }) => sum + target.weight, 0),
  ): Served {
    const served: Record<string, number> = {};
    for (const { target, images } of reached)
      for (const image of images)
        served[image] = (served[image] ?? 0) + (target.weight * 100) / total / images.length;
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
