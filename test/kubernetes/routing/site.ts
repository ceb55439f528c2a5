import type { KubeClient } from '../../../src/kube/client.ts';
import type { Resource } from '../../../src/kube/resource.ts';
import { ROLLOUTS, type RolloutObject } from '../../../src/operator/objects.ts';
import {
  aDeployment,
  makeNamespace,
  PATIENCE_MS,
  push,
  rolloutAt,
  until,
} from '../../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../../src/system/waiting.ts';
import { SERVICES } from '../../../src/traffic/cluster/services.ts';
import { DEPLOYMENTS } from '../../../src/workloads/deployment/objects.ts';
import { contentOf, type ReadAny } from '../../conformance/router.ts';
import type { RouterCase } from './cases.ts';
import { Observer } from './observer.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);

const ACCEPT_EVERY_MS = 30;

/** Where a Deployment `shop` is reached through a router, in a namespace of its own. */
export class Site {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly router: RouterCase;
  readonly observer: Observer;
  /** False: whoever accepts routes says nothing of them any more. */
  isAccepting = true;
  #isClosing = false;
  #accepting: Promise<void> = Promise.resolve();

  private constructor(client: KubeClient, namespace: string, router: RouterCase) {
    this.client = client;
    this.namespace = namespace;
    this.router = router;
    this.observer = new Observer(client, namespace, router);
  }

  /** With all that a user has before there is a Rollout, and pods that are ready. */
  static async open(client: KubeClient, namespace: string, router: RouterCase): Promise<Site> {
    const site = new Site(client, namespace, router);
    await makeNamespace(client, namespace);
    await client.create(DEPLOYMENTS, aDeployment(namespace, 'shop', 'shop:v1'), soon());
    const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
    const service = { metadata: { namespace, name: 'shop' }, spec: { selector: { app: 'shop' }, ports } };
    await client.create(SERVICES, service, soon());
    for (const { of, object } of router.objects)
      await client.create(of, { ...object, metadata: { ...object.metadata, namespace } }, soon());
    await until('its pods are ready', async () => {
      const shop = await client.get(DEPLOYMENTS, site.at, soon());
      return shop?.status?.availableReplicas === 2;
    });
    site.#accepting = site.#acceptAlways();
    site.observer.start();
    return site;
  }

  get at() {
    return { namespace: this.namespace, name: 'shop' };
  }

  get read(): ReadAny {
    return (of, name) => this.client.get(of, { namespace: this.namespace, name }, soon());
  }

  /** Writes the Rollout. */
  async declare(strategy: RolloutObject['spec'], more: RolloutObject['spec'] = {}): Promise<void> {
    const workload = { deployment: { name: 'shop', hold: 'always' } };
    const spec = { workload, traffic: this.router.traffic, strategy, ...more };
    await this.client.create(ROLLOUTS, { metadata: this.at, spec }, soon());
  }

  async status(): Promise<RolloutObject['status']> {
    return (await rolloutAt(this.client, this.at))?.status;
  }

  phaseIs(phase: string): Promise<void> {
    return until(`it is ${phase}`, async () => (await this.status())?.phase === phase);
  }

  outcomeIs(outcome: string): Promise<void> {
    return until(`it was ${outcome}`, async () => (await this.status())?.lastOutcome?.outcome === outcome);
  }

  push(image: string): Promise<void> {
    return push(this.client, this.at, image);
  }

  /** So much of the requests comes to an image in the end, in percent. */
  servedIs(image: string, percent: number): Promise<void> {
    return until(
      `${image} serves ${percent} %`,
      async () => (await this.observer.look())?.users[image] === percent,
    );
  }

  /** What the user has written, as it is now, without what the API server notes about it. */
  async objects(): Promise<readonly unknown[]> {
    const named: readonly { readonly of: Resource; readonly name: string }[] = [
      { of: SERVICES, name: 'shop' },
      ...this.router.objects.map(({ of, object }) => ({ of, name: object.metadata.name })),
    ];
    const found = await Promise.all(named.map(({ of, name }) => this.read(of, name)));
    return found.map(contentOf);
  }

  /** Plays whoever accepts routes, once. */
  async accept(): Promise<void> {
    await this.router.accept?.(this.client, this.namespace);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([this.observer.stop(), this.#accepting]);
  }

  async #acceptAlways(): Promise<void> {
    while (!this.#isClosing) {
      if (this.isAccepting) await this.accept().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, ACCEPT_EVERY_MS));
    }
  }
}
