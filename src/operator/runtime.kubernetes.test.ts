import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedClient, sharedKubeconfig } from '../../test/kubernetes/shared-plane.ts';
import type { KubeClient } from '../kube/client.ts';
import { FINALIZER } from '../kube/names.ts';
import { deadlineIn } from '../system/waiting.ts';
import { silentLog } from '../telemetry/log.ts';
import { COMMANDS, withCommand, type Ordered } from './commands.ts';
import { counted } from './counted.ts';
import { DEPLOYMENTS } from '../workloads/deployment/objects.ts';
import { EVENTS, RELEASES, ROLLOUTS, type RolloutObject } from './objects.ts';
import { OperatorRuntime } from './runtime.ts';
import {
  aDeployment,
  aRollout,
  installKinds,
  makeNamespace,
  PATIENCE_MS,
  PretendedPods,
  push,
  rolloutAt,
  until,
} from './testing/cluster.ts';

const NAMESPACE = 'operator-runtime';

describe.skipIf(sharedKubeconfig() === undefined)(
  'the operator, with a real API server and pretended pods',
  () => {
    let client: KubeClient;
    let pods: PretendedPods;
    let runtime: OperatorRuntime;
    let tries = 0;
    const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);

    const start = async (through = client): Promise<OperatorRuntime> => {
      const options = { client: through, namespace: NAMESPACE, providers: pods, log: silentLog };
      const started = new OperatorRuntime(options);
      await started.start(soon());
      return started;
    };

    beforeAll(async () => {
      client = await sharedClient();
      await installKinds(client);
      await makeNamespace(client, NAMESPACE);
      pods = new PretendedPods(client);
      runtime = await start();
    });

    afterAll(async () => {
      await runtime.stop();
      await client.close();
    });

    const at = (name: string) => ({ namespace: NAMESPACE, name });
    const statusOf = async (name: string) => (await rolloutAt(client, at(name)))?.status;
    const condition = async (name: string, type: string) =>
      (await statusOf(name))?.conditions?.find((one) => one.type === type);
    const phaseIs = (name: string, phase: string): Promise<void> =>
      until(`${name} is ${phase}`, async () => (await statusOf(name))?.phase === phase);

    /** Another name at each try. */
    const fresh = (name: string): string => `${name}-${(tries += 1)}`;

    async function declare(what: string, image = 'v1'): Promise<string> {
      const name = fresh(what);
      await client.create(DEPLOYMENTS, aDeployment(NAMESPACE, name, image), soon());
      await client.create(ROLLOUTS, aRollout(NAMESPACE, name), soon());
      await phaseIs(name, 'Healthy');
      return name;
    }

    async function command(name: string, ordered: Ordered): Promise<void> {
      const object = (await rolloutAt(client, at(name))) as RolloutObject;
      const merge = { metadata: { annotations: { [COMMANDS]: withCommand(object, ordered) } } };
      await client.patch(ROLLOUTS, { ...at(name), merge }, soon());
      await until(`${ordered.id} is answered`, async () =>
        ((await statusOf(name))?.answers ?? []).some(({ id }) => id === ordered.id),
      );
    }

    async function reasonsOf(name: string): Promise<readonly string[]> {
      const { items } = await client.list(EVENTS, { namespace: NAMESPACE }, soon());
      return items.filter(({ involvedObject }) => involvedObject.name === name).map(({ reason }) => reason);
    }

    it('trusts what runs, says so, and keeps its Rollout from going unseen', async () => {
      const name = await declare('adopted');
      const object = await rolloutAt(client, at(name));
      expect(object?.metadata.finalizers).toEqual([FINALIZER]);
      expect(object?.status).toMatchObject({
        stable: { revision: 'r1-v1' },
        observedGeneration: 1,
        replicas: 2,
      });
      expect((await condition(name, 'Healthy'))?.status).toBe('True');
      await until('an Event says so', async () => (await reasonsOf(name)).includes('Adopted'));
    });

    it('releases a new template, obeys commands, and keeps the release as an object of its own', async () => {
      const name = await declare('commanded');
      await push(client, at(name), 'v2');
      await phaseIs(name, 'Paused');
      expect(await statusOf(name)).toMatchObject({ candidate: { revision: 'r1-v2' }, release: 1 });
      expect((await condition(name, 'Reconciling'))?.status).toBe('True');
      await command(name, { id: 'one', verb: 'retry' });
      expect((await statusOf(name))?.answers).toMatchObject([{ id: 'one', refused: 'conflict' }]);
      await command(name, { id: 'two', verb: 'resume' });
      await phaseIs(name, 'Healthy');
      expect(await statusOf(name)).toMatchObject({
        stable: { revision: 'r1-v2' },
        lastOutcome: { outcome: 'promoted', release: 1 },
      });
      const release = await client.get(RELEASES, at(`${name}-1`), soon());
      expect(release).toMatchObject({
        spec: { rollout: name, number: 1, from: 'r1-v1', to: 'r1-v2' },
        status: { outcome: 'promoted' },
      });
      await until('its events are told', async () => (await reasonsOf(name)).includes('Promoted'));
      expect(await reasonsOf(name)).toEqual(
        expect.arrayContaining(['ReleaseStarted', 'StepStarted', 'Resumed']),
      );
    });

    it('does a command once, though the Rollout changes while it is done', async () => {
      const name = await declare('once');
      await push(client, at(name), 'v2');
      await phaseIs(name, 'Paused');
      await runtime.stop();
      let isHeld = false;
      let letGo: () => void = () => undefined;
      const hold = new Promise<void>((resolve) => (letGo = resolve));
      const replace: KubeClient['replace'] = async (of, object, signal) => {
        if (JSON.stringify(object).includes('"id":"resumed"')) {
          isHeld = true;
          await hold;
        }
        return client.replace(of, object, signal);
      };
      runtime = await start({ ...counted(client, new Map()), replace });
      const done = command(name, { id: 'resumed', verb: 'resume' });
      await until('it is being answered', () => Promise.resolve(isHeld));
      await client.patch(ROLLOUTS, { ...at(name), merge: { metadata: { labels: { team: 'a' } } } }, soon());
      await until('the change is seen', () => {
        const { labels = {} } = runtime.store.entry(`${NAMESPACE}/${name}`)?.object.metadata ?? {};
        return Promise.resolve(labels['team'] === 'a');
      });
      letGo();
      await done;
      await phaseIs(name, 'Healthy');
      expect((await statusOf(name))?.answers).toEqual([{ id: 'resumed' }]);
    });

    it('goes on where another operator has left off, and sees what was pushed meanwhile', async () => {
      const name = await declare('continued');
      await push(client, at(name), 'v2');
      await phaseIs(name, 'Paused');
      await runtime.stop();
      for (const image of ['v3', 'v4']) await push(client, at(name), image);
      runtime = await start();
      await until('the newest is released', async () => {
        const status = await statusOf(name);
        return status?.candidate?.revision === 'r1-v4' && status.phase === 'Paused';
      });
      expect(await statusOf(name)).toMatchObject({ stable: { revision: 'r1-v1' }, release: 2 });
      expect(await client.get(RELEASES, at(`${name}-1`), soon())).toMatchObject({
        status: { outcome: 'aborted' },
      });
      await command(name, { id: 'end', verb: 'abort', reason: 'enough' });
      await phaseIs(name, 'Degraded');
      // Saved first, done then.
      const stable = { track: 'stable', revision: 'r1-v1', replicas: 2 };
      await expect.poll(() => pods.groups(`${NAMESPACE}/${name}`)).toEqual([stable]);
    });

    it('says once what stands in the way, with what to do, and goes on when it is gone', async () => {
      const name = fresh('early');
      await client.create(ROLLOUTS, aRollout(NAMESPACE, name), soon());
      await phaseIs(name, 'Degraded');
      expect(await condition(name, 'Stalled')).toMatchObject({
        status: 'True',
        reason: 'DeploymentMissing',
      });
      await client.create(DEPLOYMENTS, aDeployment(NAMESPACE, name, 'v1'), soon());
      await phaseIs(name, 'Healthy');
      expect((await reasonsOf(name)).filter((reason) => reason === 'DeploymentMissing')).toHaveLength(1);
    });

    it('shows what it remembers once what stood in the way is gone, though nothing of it has changed', async () => {
      const name = await declare('missed');
      await client.delete(DEPLOYMENTS, at(name), soon());
      await until('it is missed', async () => (await condition(name, 'Stalled'))?.status === 'True');
      await client.create(DEPLOYMENTS, aDeployment(NAMESPACE, name, 'v1'), soon());
      await phaseIs(name, 'Healthy');
      expect(await condition(name, 'Stalled')).toMatchObject({ status: 'False', reason: 'Healthy' });
      expect(await statusOf(name)).toMatchObject({ stable: { revision: 'r1-v1' } });
    });

    it('says that it has seen an edit that changes nothing of what goes on', async () => {
      const name = await declare('edited');
      await client.patch(ROLLOUTS, { ...at(name), merge: { spec: { history: { keep: 5 } } } }, soon());
      await until('it is seen', async () => (await statusOf(name))?.observedGeneration === 2);
      expect((await statusOf(name))?.phase).toBe('Healthy');
    });

    it('lets the first of two Rollouts have a Deployment', async () => {
      const name = await declare('shared');
      const second = `z${name}`;
      await client.create(ROLLOUTS, aRollout(NAMESPACE, second, name), soon());
      await phaseIs(second, 'Degraded');
      expect(await condition(second, 'Stalled')).toMatchObject({ reason: 'DeploymentTaken' });
      expect((await statusOf(name))?.phase).toBe('Healthy');
      await client.delete(ROLLOUTS, at(second), soon());
      await until('it is gone', async () => (await rolloutAt(client, at(second))) === undefined);
    });

    it('asks the API server next to nothing while nothing happens', async () => {
      const requests = new Map<string, number>();
      await runtime.stop();
      runtime = await start(counted(client, requests));
      const name = await declare('resting');
      const version = (await rolloutAt(client, at(name)))?.metadata.resourceVersion;
      const before = requests.get('replace');
      // The looks of a minute, at once.
      for (let look = 0; look < 12; look += 1) await runtime.controller.look(`${NAMESPACE}/${name}`);
      expect((await rolloutAt(client, at(name)))?.metadata.resourceVersion).toBe(version);
      expect(requests.get('replace')).toBe(before);
    });

    it('lets go of a Rollout that is deleted', async () => {
      const name = await declare('leaving');
      await client.delete(ROLLOUTS, at(name), soon());
      await until('it is gone', async () => (await rolloutAt(client, at(name))) === undefined);
    });
  },
);
