import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { installKinds } from '../../../src/operator/testing/cluster.ts';
import { installDefinitions } from '../definitions.ts';
import { OperatorProcess, runCoalmine, type Place } from '../operator-process.ts';
import { clientOf } from '../shared-plane.ts';
import type { RouterCase } from './cases.ts';
import { Site } from './site.ts';

/** A site with the built operator at work on it. */
export class Stage {
  readonly site: Site;
  readonly #place: Place;
  #operator: OperatorProcess;

  private constructor(site: Site, place: Place) {
    this.site = site;
    this.#place = place;
    this.#operator = new OperatorProcess(place);
  }

  static async open(client: KubeClient, place: Place, router: RouterCase): Promise<Stage> {
    const { file, plurals = [] } = router.definitions ?? {};
    if (file !== undefined) await installDefinitions(client, file, plurals);
    return new Stage(await Site.open(client, place.namespace, router), place);
  }

  /** Runs the built command there; answers its exit status. */
  readonly coalmine = async (...args: readonly string[]): Promise<number> =>
    (await runCoalmine(this.#place, args)).code;

  /** As if the machine of the operator lost power; another one begins elsewhere. */
  async killOperator(): Promise<void> {
    await this.#operator.kill();
    this.#operator = new OperatorProcess(this.#place);
  }

  /** What the operator has logged. */
  get said(): string {
    return this.#operator.said;
  }

  /** Ends all of it; after a failure, says what was seen. */
  async close(hasFailed: boolean): Promise<void> {
    await this.#operator.end();
    await this.site.close();
    if (!hasFailed) return;
    console.error(
      this.said.split('\n').slice(-40).join('\n'),
      JSON.stringify(this.site.observer.seen),
      await this.site.status().catch(() => undefined),
    );
  }
}

/** The stages of a file of tests, one at a time, in namespaces of their own. */
export class Stages {
  readonly #prefix: string;
  readonly #kubeconfig: () => string;
  #client: KubeClient | undefined;
  #count = 0;
  #now: Stage | undefined;

  private constructor(prefix: string, kubeconfig: () => string) {
    this.#prefix = prefix;
    this.#kubeconfig = kubeconfig;
  }

  /** Has the hooks of vitest open what they need and end all of it, on the shared control plane or another. */
  static forTests(prefix: string, kubeconfig = () => inject('kubeconfig')): Stages {
    const stages = new Stages(prefix, kubeconfig);
    beforeAll(async () => {
      stages.#client = await clientOf(kubeconfig());
      await installKinds(stages.client);
    });
    afterEach(async (context) => {
      await stages.#now?.close(context.task.result?.state === 'fail');
      stages.#now = undefined;
    });
    afterAll(() => stages.#client?.close());
    return stages;
  }

  get client(): KubeClient {
    if (this.#client === undefined) throw new Error('it is there once the tests run');
    return this.#client;
  }

  async open(router: RouterCase): Promise<Stage> {
    this.#count += 1;
    const namespace = `${this.#prefix}-${process.pid}-${this.#count}`;
    this.#now = await Stage.open(this.client, { kubeconfig: this.#kubeconfig(), namespace }, router);
    return this.#now;
  }
}

/** True where the definitions that a router needs could not be had. */
export function lacksDefinitions({ definitions }: RouterCase): boolean {
  return definitions !== undefined && definitions.file === undefined;
}
