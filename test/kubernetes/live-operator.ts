import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import type { RolloutObject } from '../../src/operator/objects.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { ClusterProviders } from '../../src/operator/providers.ts';
import { OperatorRuntime } from '../../src/operator/runtime.ts';
import {
  aDeployment,
  installKinds,
  PATIENCE_MS,
  rolloutAt,
  until,
} from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { DEPLOYMENTS, PODS, type Pod } from '../../src/workloads/deployment/objects.ts';
import { Bench, type Ran, type Surroundings } from '../cli/harness.ts';
import { newNamespace } from './objects.ts';
import { clientOf } from './shared-plane.ts';

/** The key that this operator works with. */
export const TEST_KEY = 'key-of-the-tests';

/** An operator in this process over real controllers, in a namespace of its own for each test, and the command line beside it. */
export class LiveOperator {
  readonly #kubeconfig: () => string;
  #client: KubeClient | undefined;
  #bench: Bench | undefined;
  #runtime: OperatorRuntime | undefined;
  namespace = '';

  private constructor(kubeconfig: () => string) {
    this.#kubeconfig = kubeconfig;
  }

  /** Has the hooks of vitest make and end all of it, on the shared control plane or another. */
  static forTests(kubeconfig = () => inject('kubeconfig')): LiveOperator {
    const live = new LiveOperator(kubeconfig);
    beforeAll(async () => {
      live.#client = await clientOf(kubeconfig());
      live.#bench = await Bench.create();
      await installKinds(live.client);
    });
    beforeEach(() => live.#begin());
    afterEach(() => live.#runtime?.stop());
    afterAll(async () => {
      await live.#bench?.destroy();
      await live.#client?.close();
    });
    return live;
  }

  get client(): KubeClient {
    if (this.#client === undefined) throw new Error('it is there once the tests run');
    return this.#client;
  }

  get at(): { readonly namespace: string; readonly name: string } {
    return { namespace: this.namespace, name: 'shop' };
  }

  async #begin(): Promise<void> {
    const { client } = this;
    this.namespace = await newNamespace(client, 'live');
    await this.startAgain();
  }

  /** Another operator, which knows nothing but what is written down. */
  async startAgain(): Promise<void> {
    await this.end();
    const { client, namespace } = this;
    const providers = new ClusterProviders({ client, namespace, key: TEST_KEY, log: silentLog });
    this.#runtime = new OperatorRuntime({
      ...{ client, namespace, providers },
      key: TEST_KEY,
      log: silentLog,
    });
    await this.#runtime.start(soon());
  }

  /** The operator goes. */
  async end(): Promise<void> {
    await this.#runtime?.stop();
    this.#runtime = undefined;
  }

  /** Looks at a Rollout now, as after something has changed. */
  async look(name: string): Promise<void> {
    await this.#runtime?.controller.look(`${this.namespace}/${name}`);
  }

  /** Runs `coalmine …` on the namespace. */
  coalmine(...argv: readonly string[]): Promise<Ran> {
    return this.run(argv);
  }

  /** The same, with other surroundings, or as somebody else. */
  async run(
    argv: readonly string[],
    around?: Surroundings,
    kubeconfig: string = this.#kubeconfig(),
  ): Promise<Ran> {
    if (this.#bench === undefined) throw new Error('it is there once the tests run');
    return this.#bench.run([...argv, '--kubeconfig', kubeconfig, '-n', this.namespace], around);
  }

  /** A Deployment of this name, of `shop:v1` and two pods. */
  async deploy(name = 'shop'): Promise<void> {
    await this.client.create(DEPLOYMENTS, aDeployment(this.namespace, name, 'shop:v1'), soon());
  }

  /** A Deployment `shop` of `shop:v1` and two pods, and a Rollout that has adopted it. */
  async declare(strategy: RolloutObject['spec'], more: RolloutObject['spec'] = {}): Promise<void> {
    await this.deploy();
    await this.runsOnly('shop:v1');
    const spec = { workload: { deployment: { name: 'shop', hold: 'always' } }, strategy, ...more };
    await this.client.create(ROLLOUTS, { metadata: this.at, spec }, soon());
    await this.phaseIs('Healthy');
  }

  async status(): Promise<RolloutObject['status']> {
    return (await rolloutAt(this.client, this.at))?.status;
  }

  phaseIs(phase: string): Promise<void> {
    return until(`it is ${phase}`, async () => (await this.status())?.phase === phase);
  }

  /** Waits until a release of this number has ended, and answers how. */
  async outcomeOf(release: number): Promise<string | undefined> {
    const last = async () => (await this.status())?.lastOutcome;
    await until(`release ${release} has ended`, async () => (await last())?.release === release);
    return (await last())?.outcome;
  }

  /** The pods of `shop` that are not on their way out. */
  async pods(): Promise<readonly Pod[]> {
    const { items } = await this.client.list(PODS, { namespace: this.namespace, labels: 'app=shop' }, soon());
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** Waits until two pods of this image are ready, and no others are there. */
  runsOnly(image: string): Promise<void> {
    return until(`only ${image} runs`, async () => {
      const pods = await this.pods();
      return pods.length === 2 && pods.every((pod) => isReady(pod) && imageOf(pod) === image);
    });
  }
}

/** Nothing takes longer. */
export function soon(): AbortSignal {
  return deadlineIn(PATIENCE_MS);
}

/** True for a pod that may serve. */
export function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

/** The image of a pod's first container. */
export function imageOf(pod: Pod): string {
  const { spec } = pod as Pod & {
    readonly spec?: { readonly containers?: readonly { readonly image?: string }[] };
  };
  return spec?.containers?.[0]?.image ?? '';
}
