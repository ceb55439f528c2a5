import { afterAll, afterEach, beforeAll } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { COMMANDS, withCommand } from '../../src/operator/commands.ts';
import { ROLLOUTS, type RolloutObject } from '../../src/operator/objects.ts';
import {
  aDeployment,
  installKinds,
  PATIENCE_MS,
  rolloutAt,
  until,
} from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import {
  DEPLOYMENTS,
  PODS,
  REPLICA_SETS,
  type Deployment,
  type Pod,
  type ReplicaSet,
} from '../../src/workloads/deployment/objects.ts';
import { newNamespace } from './objects.ts';
import { OperatorProcess } from './operator-process.ts';
import { PodWatch } from './pod-watch.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

/** What is declared beside the name. */
export interface Declared {
  readonly replicas?: number;
  readonly strategy?: JsonObject;
  /** Absent: nobody divides its traffic. */
  readonly traffic?: JsonObject;
  readonly hold?: 'always' | 'webhook' | 'unsaid';
  readonly container?: JsonObject;
  /** Of the Deployment, besides. */
  readonly deployment?: Partial<Deployment['spec']> & { readonly progressDeadlineSeconds?: number };
}

/** One pod of the new version, until somebody says more. */
export const WAITING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };
/** Half of the pods, and then all, each time when somebody says so. */
export const IN_HALVES = { ramped: { pauseEvery: '50%' } };

/** So many pods of an image. */
export function times(count: number, image: string): readonly string[] {
  return Array.from({ length: count }, () => image);
}

/** The built operator over the real controllers, Deployments that it has adopted, and every pod that was there for a moment. */
export class Adopted {
  #client: KubeClient | undefined;
  #pods: PodWatch | undefined;
  #operator: OperatorProcess | undefined;
  namespace = '';

  /** Has the hooks of vitest start and end all of it. */
  static forTests(prefix: string): Adopted {
    const adopted = new Adopted();
    beforeAll(() => adopted.#begin(prefix));
    afterEach(async (context) => {
      if (context.task.result?.state !== 'fail') return;
      // What is left of it is in nobody's way, least of all in that of another try.
      await adopted.#end();
      await adopted.#begin(prefix);
    });
    afterAll(() => adopted.#end());
    return adopted;
  }

  async #begin(prefix: string): Promise<void> {
    const client = await sharedClient();
    this.#client = client;
    await installKinds(client);
    this.namespace = await newNamespace(client, prefix);
    this.start();
    this.#pods = new PodWatch(client, this.namespace);
  }

  async #end(): Promise<void> {
    await this.#pods?.stop();
    await this.#operator?.end();
    await this.#client?.close();
  }

  get client(): KubeClient {
    return there(this.#client);
  }

  get pods(): PodWatch {
    return there(this.#pods);
  }

  get operator(): OperatorProcess {
    return there(this.#operator);
  }

  /** Starts an operator, as after the one before has ended. */
  start(): void {
    this.#operator = new OperatorProcess({
      kubeconfig: sharedKubeconfig() ?? '',
      namespace: this.namespace,
    });
  }

  at(name: string): { readonly namespace: string; readonly name: string } {
    return { namespace: this.namespace, name };
  }

  async rollout(name: string): Promise<RolloutObject | undefined> {
    return rolloutAt(this.client, this.at(name));
  }

  phaseIs(name: string, phase: string): Promise<void> {
    return until(`${name} is ${phase}`, async () => (await this.rollout(name))?.status?.phase === phase);
  }

  async deployment(name: string): Promise<Deployment> {
    const found = await this.client.get(DEPLOYMENTS, this.at(name), soon());
    if (found === undefined) throw new Error(`no Deployment ${name}`);
    return found;
  }

  async sets(name: string): Promise<readonly ReplicaSet[]> {
    const { namespace } = this;
    return (await this.client.list(REPLICA_SETS, { namespace, labels: `app=${name}` }, soon())).items;
  }

  /** Waits until pods of these images are ready, and no others. */
  runs(name: string, ...images: readonly string[]): Promise<void> {
    return until(`${name} runs ${images.join()}`, () =>
      Promise.resolve(this.pods.ready(name).join() === images.join()),
    );
  }

  /** A Deployment of `NAME:v1`, and a Rollout of the same name that has adopted it. */
  async declare(name: string, declared: Declared = {}): Promise<void> {
    const { replicas = 4, strategy = WAITING, hold = 'always', container = {} } = declared;
    const { metadata, spec } = aDeployment(this.namespace, name, `${name}:v1`);
    const template = {
      ...spec.template,
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: `${name}:v1`, ...container }],
      },
    };
    const whole = { ...spec, replicas, template, ...declared.deployment };
    await this.client.create(DEPLOYMENTS, { metadata, spec: whole }, soon());
    await this.runs(name, ...times(replicas, `${name}:v1`));
    const workload = { deployment: { name, ...(hold === 'unsaid' ? {} : { hold }) } };
    const { traffic } = declared;
    const asked = { workload, ...(traffic === undefined ? {} : { traffic }), strategy };
    await this.client.create(ROLLOUTS, { metadata: this.at(name), spec: asked }, soon());
    await this.phaseIs(name, 'Healthy');
    this.pods.mark(name);
  }

  /** Waits until both versions are the Deployment's own, and both serve. */
  async handsOver(name: string): Promise<void> {
    await until(`${name} hands over`, async () => {
      const own = (await this.sets(name)).filter(
        ({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'Deployment',
      );
      return own.length === 2 && own.every(({ status: is }) => (is?.readyReplicas ?? 0) > 0);
    });
  }

  /** Gives a command, as `coalmine` does. */
  async order(name: string, verb: 'abort' | 'resume' | 'undo'): Promise<void> {
    const object = await this.rollout(name);
    if (object === undefined) throw new Error(`no Rollout ${name}`);
    const annotations = { [COMMANDS]: withCommand(object, { id: `${verb}-${Date.now()}`, verb }) };
    await this.client.patch(ROLLOUTS, { ...this.at(name), merge: { metadata: { annotations } } }, soon());
  }

  /** The pods of an image that stay. */
  async podsOf(name: string, image: string): Promise<readonly Pod[]> {
    const { namespace } = this;
    const { items } = await this.client.list(PODS, { namespace, labels: `app=${name}` }, soon());
    return items.filter(
      ({ metadata, spec }) =>
        metadata.deletionTimestamp === undefined && JSON.stringify(spec).includes(`"${image}"`),
    );
  }

  /** Deletes pods, in whose place others are made. */
  async replace(pods: readonly Pod[]): Promise<void> {
    for (const { metadata } of pods) await this.client.delete(PODS, this.at(metadata.name), soon());
  }

  /** Has pods lose their readiness, as when their probe fails. */
  async failReadiness(pods: readonly Pod[]): Promise<void> {
    const conditions = ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'False' }));
    for (const { metadata } of pods) {
      const key = { namespace: this.namespace, name: metadata.name };
      await this.client.patch(
        { ...PODS, subresource: 'status' },
        { ...key, strategic: { status: { conditions } } },
        soon(),
      );
    }
  }
}

function there<T>(one: T | undefined): T {
  if (one === undefined) throw new Error('it is there once the tests run');
  return one;
}

/** Nothing takes longer. */
export function soon(): AbortSignal {
  return deadlineIn(PATIENCE_MS);
}
