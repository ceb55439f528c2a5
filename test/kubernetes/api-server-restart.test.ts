import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { RELEASES, ROLLOUTS } from '../../src/operator/objects.ts';
import {
  aDeployment,
  installKinds,
  PATIENCE_MS,
  push,
  rolloutAt,
  until,
} from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { OperatorProcess } from './operator-process.ts';
import { PodWatch } from './pod-watch.ts';
import { controlPlanePrograms } from './programs.ts';

const programs = controlPlanePrograms();
const namespace = 'default';
const NAMES = ['one', 'two', 'three'];
/** What an operator that has lost its lease ends with. */
const LOST = 6;

/** An operator that is started anew whenever it ends by itself, as the kubelet does. */
class Kept {
  readonly ends: (number | null)[] = [];
  readonly #kubeconfig: string;
  #process: OperatorProcess;
  #isKept = true;

  constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
    this.#process = this.#started();
  }

  #started(): OperatorProcess {
    const one = new OperatorProcess({ kubeconfig: this.#kubeconfig, namespace, more: [] });
    void one.exited.then((code) => {
      if (!this.#isKept) return;
      this.ends.push(code);
      this.#process = this.#started();
    });
    return one;
  }

  async end(): Promise<void> {
    this.#isKept = false;
    await this.#process.end();
  }
}

// A cluster of its own: its API server is killed.
describe.skipIf(programs === undefined)(
  'an API server that is killed in the middle of releases',
  { timeout: 300_000 },
  () => {
    let plane: ControlPlane;
    let client: KubeClient;
    let pods: PodWatch;
    let operators: readonly Kept[] = [];

    beforeAll(async () => {
      if (programs === undefined) return;
      plane = await startControlPlane({ programs });
      client = plane.client;
      await installKinds(client);
      operators = [new Kept(plane.kubeconfig), new Kept(plane.kubeconfig)];
      pods = new PodWatch(client, namespace);
    });
    afterAll(async () => {
      for (const one of operators) await one.end();
      await pods.stop();
      await plane.stop();
    });

    const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);
    const each = (work: (name: string) => Promise<void>): Promise<unknown> => Promise.all(NAMES.map(work));
    const status = async (name: string) => (await rolloutAt(client, { namespace, name }))?.status;
    const releases = async (): Promise<readonly (number | undefined)[]> =>
      Promise.all(NAMES.map(async (name) => (await status(name))?.release));

    async function declare(name: string): Promise<void> {
      const { metadata, spec } = aDeployment(namespace, name, `${name}:v1`);
      await client.create(DEPLOYMENTS, { metadata, spec: { ...spec, replicas: 4 } }, soon());
      const workload = { deployment: { name, hold: 'always' } };
      const strategy = { canary: { steps: [{ replicas: 1 }, { pause: '2s' }, { replicas: '50%' }] } };
      const rollout = { metadata: { namespace, name }, spec: { workload, strategy } };
      await client.create(ROLLOUTS, rollout, soon());
      await until(`${name} rests`, async () => (await status(name))?.phase === 'Healthy');
      pods.mark(name);
    }

    async function promoted(name: string, release: number): Promise<void> {
      await until(`${name} has release ${release}`, async () => {
        const { phase, lastOutcome } = (await status(name)) ?? {};
        return phase === 'Healthy' && lastOutcome?.release === release && lastOutcome.outcome === 'promoted';
      });
      const image = `${name}:v${release + 1}`;
      await until(`${image} alone runs`, () =>
        Promise.resolve(pods.ready(name).join() === [image, image, image, image].join()),
      );
      // One whose making the dying API server did not answer any more is made again by Kubernetes itself.
      expect([4, 5]).toContain(pods.started(image));
      expect(pods.leastReady(name)).toBeGreaterThanOrEqual(3);
    }

    it('comes back to releases that end as they would have, each once', async () => {
      await each(declare);
      for (const release of [1, 2]) {
        await each((name) => push(client, { namespace, name }, `${name}:v${release + 1}`));
        await until('all are released', async () => (await releases()).every((one) => one === release));
        await plane.restartApiServer();
        await each((name) => promoted(name, release));
      }
      const { items } = await client.list(RELEASES, { namespace }, soon());
      const ended = items.map(({ metadata, status: is }) => `${metadata.name} ${is?.outcome ?? ''}`);
      expect(ended.sort()).toEqual(
        NAMES.flatMap((name) => [`${name}-1 promoted`, `${name}-2 promoted`]).sort(),
      );
      expect(operators.flatMap(({ ends }) => ends).filter((code) => code !== LOST)).toEqual([]);
    });
  },
);
