import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { installKinds } from '../../../src/operator/testing/cluster.ts';
import { installDefinitions } from '../definitions.ts';
import { OperatorProcess, runCoalmine } from '../operator-process.ts';
import { sharedClient } from '../shared-plane.ts';
import type { RouterCase } from './cases.ts';
import { Site } from './site.ts';

/** A site with the built operator at work on it. */
export class Stage {
  readonly site: Site;
  #operator: OperatorProcess;

  private constructor(site: Site) {
    this.site = site;
    this.#operator = Stage.#operatorIn(site);
  }

  static async open(client: KubeClient, namespace: string, router: RouterCase): Promise<Stage> {
    const { file, plurals = [] } = router.definitions ?? {};
    if (file !== undefined) await installDefinitions(client, file, plurals);
    return new Stage(await Site.open(client, namespace, router));
  }

  /** Runs the built command there; answers its exit status. */
  readonly coalmine = async (...args: readonly string[]): Promise<number> => {
    const { namespace } = this.site;
    return (await runCoalmine({ kubeconfig: inject('kubeconfig'), namespace }, args)).code;
  };

  /** As if the machine of the operator lost power; another one begins elsewhere. */
  async killOperator(): Promise<void> {
    await this.#operator.kill();
    this.#operator = Stage.#operatorIn(this.site);
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

  static #operatorIn({ namespace }: Site): OperatorProcess {
    return new OperatorProcess({ kubeconfig: inject('kubeconfig'), namespace });
  }
}

/** The stages of a file of tests, one at a time, in namespaces of their own. */
export class Stages {
  readonly #prefix: string;
  #client: KubeClient | undefined;
  #count = 0;
  #now: Stage | undefined;

  private constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Has the hooks of vitest open what they need and end all of it. */
  static forTests(prefix: string): Stages {
    const stages = new Stages(prefix);
    beforeAll(async () => {
      stages.#client = await sharedClient();
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
    this.#now = await Stage.open(this.client, namespace, router);
    return this.#now;
  }
}

/** True where the definitions that a router needs could not be had. */
export function lacksDefinitions({ definitions }: RouterCase): boolean {
  return definitions !== undefined && definitions.file === undefined;
}
