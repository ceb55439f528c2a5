import { execFile } from 'node:child_process';
import { describe, it } from 'vitest';
import type { KubeObject } from '../../src/kube/object.ts';
import { push, until } from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { testTool } from '../test-tools.ts';
import { Adopted, times, type Declared } from './adopted.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const kstatus = testTool('kstatus');

/** What the real kstatus takes objects for, as Flux and `kubectl`-like tools that wait do. */
function kstatusOf(...objects: readonly KubeObject[]): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = execFile(kstatus ?? '', (error, out) => {
      if (error === null) resolve(out.trim().split('\n'));
      else reject(new Error('kstatus failed', { cause: error }));
    });
    child.stdin?.end(objects.map((one) => `${JSON.stringify(one)}\n`).join(''));
  });
}

interface Counted extends KubeObject {
  readonly spec: { readonly paused?: boolean; readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
  };
}

/** What Argo CD takes a Deployment for (`getAppsv1DeploymentHealth` in gitops-engine). */
function argoHealthOf({ metadata, spec, status = {} }: Counted): string {
  if (spec.paused === true) return 'Suspended';
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if ((metadata.generation ?? 0) > observedGeneration) return 'Progressing';
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') return 'Degraded';
  const isUnderWay =
    updatedReplicas < (spec.replicas ?? 1) ||
    replicas > updatedReplicas ||
    availableReplicas < updatedReplicas;
  return isUnderWay ? 'Progressing' : 'Healthy';
}

/** What Kubernetes takes for no deadline. */
const NO_DEADLINE = 2_147_483_647;

interface Form {
  readonly name: string;
  readonly declared: Declared;
  /** Of the Deployment: kstatus and Argo CD, at rest. */
  readonly atRest: readonly [string, string];
}

const FORMS: readonly Form[] = [
  // Said so on a cluster without the webhook: paused while a release runs, and plain at rest.
  { name: 'plain', declared: { hold: 'webhook' }, atRest: ['Current', 'Healthy'] },
  // kstatus waits for a condition that a paused Deployment does not have.
  { name: 'held', declared: { hold: 'always' }, atRest: ['InProgress', 'Suspended'] },
  // Without the webhook nothing else would keep Kubernetes from rolling a new template before anybody has seen it.
  { name: 'unsaid', declared: { hold: 'unsaid' }, atRest: ['InProgress', 'Suspended'] },
  {
    name: 'patient',
    declared: { hold: 'always', deployment: { progressDeadlineSeconds: NO_DEADLINE } },
    atRest: ['Current', 'Suspended'],
  },
];

describe.skipIf(sharedKubeconfig() === undefined || kstatus === undefined)(
  'what tools take a Deployment and its Rollout for',
  { timeout: 180_000 },
  () => {
    const adopted = Adopted.forTests('standing');

    async function standing(name: string): Promise<readonly string[]> {
      const [deployment, rollout] = [await adopted.deployment(name), await adopted.rollout(name)];
      const read = await kstatusOf(deployment, rollout ?? deployment);
      return [...read, argoHealthOf(deployment)];
    }
    /** Waits, as who asks does not see everything at once, until it is said so of Deployment, Rollout, and Deployment by Argo CD. */
    async function stands(name: string, expected: readonly string[]): Promise<void> {
      let last: readonly string[] = [];
      await until(`${name} stands as ${expected.join()}`, async () => {
        last = await standing(name);
        return last.join() === expected.join();
      }).catch((cause: unknown) => {
        throw new Error(`${name} is ${last.join()}, not ${expected.join()}`, { cause });
      });
    }

    it.each(FORMS)(
      'is true at rest, within a release and after it: $name',
      async ({ name, declared, atRest }) => {
        const [kstatusAtRest, argoAtRest] = atRest;
        await adopted.declare(name, declared);
        await stands(name, [kstatusAtRest, 'Current', argoAtRest]);
        await push(adopted.client, adopted.at(name), `${name}:v2`);
        await adopted.phaseIs(name, 'Paused');
        await stands(name, ['InProgress', 'InProgress', 'Suspended']);
        await adopted.order(name, 'resume');
        await adopted.runs(name, ...times(4, `${name}:v2`));
        await stands(name, [kstatusAtRest, 'Current', argoAtRest]);
        await push(adopted.client, adopted.at(name), `${name}:v3`);
        await adopted.phaseIs(name, 'Paused');
        await adopted.order(name, 'abort');
        await adopted.phaseIs(name, 'Degraded');
        await stands(name, ['InProgress', 'Failed', 'Suspended']);
      },
    );

    it('is that all is well where nothing is to run, and where it runs again', async () => {
      const name = 'asleep';
      const scaled = (replicas: number) => ({ ...adopted.at(name), merge: { spec: { replicas } } });
      await adopted.declare(name, { hold: 'webhook' });
      await adopted.client.patch(DEPLOYMENTS, scaled(0), deadlineIn(10_000));
      await adopted.runs(name);
      await stands(name, ['Current', 'Current', 'Healthy']);
      await until('it is told why', async () => {
        const rollout = await adopted.rollout(name);
        return rollout?.status?.message?.startsWith('scaled to zero') === true;
      });
      await adopted.client.patch(DEPLOYMENTS, scaled(2), deadlineIn(10_000));
      await adopted.runs(name, ...times(2, `${name}:v1`));
      await stands(name, ['Current', 'Current', 'Healthy']);
    });
  },
);
