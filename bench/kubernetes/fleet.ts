import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client.ts';
import { Informer } from '../../src/kube/informer.ts';
import { ROLLOUTS, type RolloutObject } from '../../src/operator/objects.ts';
import { aDeployment, push } from '../../src/operator/testing/cluster.ts';
import { DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { addNode } from '../../test/kubernetes/first-node.ts';

/** Where all of them are. */
export const NAMESPACE = 'default';
const AT_ONCE = 16;
/** Two pods of each version at a time, and room. */
const PODS_EACH = 5;
const PODS_ON_A_NODE = 1_000;

/** What is followed of a Rollout. */
interface Seen {
  readonly phase: string;
  readonly release: number;
  readonly outcome: string;
}

/** Many Deployments of two pods, each with its Rollout, and when what happened to them was seen. */
export class Fleet {
  readonly #client: KubeClient;
  readonly names: readonly string[];
  readonly #rollouts: Informer<RolloutObject, Seen>;
  readonly #pushedAt = new Map<string, number>();
  /** From a new image to a release of it, in milliseconds. */
  readonly noticedMs: number[] = [];

  constructor(client: KubeClient, count: number) {
    this.#client = client;
    this.names = Array.from({ length: count }, (_, index) => `shop-${index}`);
    this.#rollouts = new Informer({
      client,
      of: ROLLOUTS,
      keep: ({ status }) => ({
        phase: status?.phase ?? '',
        release: status?.release ?? 0,
        outcome: status?.lastOutcome?.outcome ?? '',
      }),
      onChange: ({ key, now, before }) => {
        const pushedAt = this.#pushedAt.get(key.name);
        const isNew = (now?.release ?? 0) > (before?.release ?? 0);
        if (pushedAt !== undefined && isNew) this.noticedMs.push(performance.now() - pushedAt);
      },
    });
  }

  /** Makes all of it, and waits until every pod is ready. Then follows it until the signal is aborted. */
  async make(strategy: RolloutObject['spec'], signal: AbortSignal): Promise<void> {
    const nodes = Math.ceil((this.names.length * PODS_EACH) / PODS_ON_A_NODE);
    for (let node = 2; node <= nodes; node += 1) await addNode(this.#client, signal, `node-${node}`);
    await this.#each(async (name) => {
      await this.#client.create(DEPLOYMENTS, aDeployment(NAMESPACE, name, `${name}:v1`), signal);
    });
    await until(async () => {
      const { items } = await this.#client.list(DEPLOYMENTS, { namespace: NAMESPACE }, signal);
      return items.filter(({ status }) => status?.availableReplicas === 2).length >= this.names.length;
    });
    await this.#each(async (name) => {
      const spec = { workload: { deployment: { name, hold: 'always' } }, strategy };
      await this.#client.create(ROLLOUTS, { metadata: { namespace: NAMESPACE, name }, spec }, signal);
    });
    void this.#rollouts.run(signal);
  }

  /** Waits until all are at rest. */
  async rest(): Promise<void> {
    await this.#all(({ phase }) => phase === 'Healthy');
  }

  /** Gives all of them a new image at once, and waits until the last one runs it. Answers how many were promoted. */
  async release(): Promise<number> {
    await this.#push();
    await this.#all(({ phase, outcome }) => outcome !== '' && (phase === 'Healthy' || phase === 'Degraded'));
    return this.#rollouts.all().filter(({ outcome }) => outcome === 'promoted').length;
  }

  /** Gives all of them a new image at once, and waits until each stands at a pause that nothing ends. */
  async begin(): Promise<void> {
    await this.#push();
    await this.#all(({ phase }) => phase === 'Paused');
  }

  async #push(): Promise<void> {
    await this.#each(async (name) => {
      this.#pushedAt.set(name, performance.now());
      await push(this.#client, { namespace: NAMESPACE, name }, `${name}:v2`);
    });
  }

  async #all(isSo: (seen: Seen) => boolean): Promise<void> {
    await until(() => {
      const all = this.#rollouts.all();
      return Promise.resolve(all.length === this.names.length && all.every(isSo));
    });
  }

  async #each(work: (name: string) => Promise<void>): Promise<void> {
    const left = [...this.names];
    const worker = async (): Promise<void> => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) await work(name);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(200);
}
