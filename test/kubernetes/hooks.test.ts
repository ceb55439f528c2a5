import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { statusOf } from '../../src/kube/resource.ts';
import { CRON_JOBS, JOBS, type Job } from '../../src/operator/job-hook.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { aRollout, push, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { CONFIGS, PODS } from '../../src/workloads/deployment/objects.ts';
import { LiveOperator, soon } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const BRIEF = { canary: { steps: [{ replicas: 1 }, { pause: '1s' }] } };

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe.skipIf(sharedKubeconfig() === undefined)('what is asked and run outside of a cluster', () => {
  const live = LiveOperator.forTests();
  let server: Server;
  let url = '';
  /** The statuses that are answered, by path; 204 after them. */
  const answers = new Map<string, number[]>();
  const asked: Asked[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      let body = '';
      request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      request.on('end', () => {
        asked.push({ path, headers: request.headers, body });
        response.writeHead(answers.get(path)?.shift() ?? 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function cronJob(name: string, pod: JsonObject = {}): Promise<void> {
    const containers = [{ name: 'main', image: 'tool:v1', env: [{ name: 'OWN', value: 'one' }] }];
    const spec = { restartPolicy: 'Never', containers, ...pod };
    const jobTemplate = { spec: { backoffLimit: 0, template: { spec } } };
    const object = {
      metadata: { namespace: live.namespace, name },
      spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate },
    };
    await live.client.create(CRON_JOBS, object, soon());
  }

  async function jobs(): Promise<readonly Job[]> {
    return (await live.client.list(JOBS, { namespace: live.namespace }, soon())).items;
  }

  it('webhooks open gates and take hooks, signed with a Secret of the namespace', async () => {
    const key = `whsec_${randomBytes(32).toString('base64')}`;
    const data = { signing: Buffer.from(key).toString('base64') };
    await live.client.create(
      CONFIGS.Secret,
      { metadata: { namespace: live.namespace, name: 'hooks' }, data },
      soon(),
    );
    answers.set('/gate', [503, 503]);
    await live.declare(BRIEF, {
      gates: [{ name: 'probe', at: 'start', webhook: { url: `${url}/gate`, every: '1s', within: '10m' } }],
      hooks: [
        {
          name: 'warm',
          at: 'beforeTraffic',
          webhook: { url: `${url}/hook`, sign: { secret: { secret: 'hooks/signing' } } },
        },
      ],
    });
    await push(live.client, live.at, 'shop:v2');
    expect(await live.outcomeOf(1)).toBe('promoted');
    expect(asked.filter(({ path }) => path === '/gate')).toHaveLength(3);
    const [hook, ...more] = asked.filter(({ path }) => path === '/hook');
    expect(more).toEqual([]);
    const headers = Object.fromEntries(Object.entries(hook?.headers ?? {}).map(([n, v]) => [n, String(v)]));
    expect(new Webhook(key).verify(hook?.body ?? '', headers)).toMatchObject({
      rollout: 'shop',
      hook: 'warm',
    });
  });

  it('a hook is a Job made from a CronJob, which belongs to the Rollout and knows its release', async () => {
    await cronJob('migrate');
    await live.declare(BRIEF, {
      hooks: [{ name: 'db.migrate', at: 'beforeCandidate', job: { template: 'migrate' } }],
    });
    await push(live.client, live.at, 'shop:v2');
    expect(await live.outcomeOf(1)).toBe('promoted');
    const [job, ...more] = await jobs();
    expect(more).toEqual([]);
    expect(job?.metadata).toMatchObject({
      labels: { 'coalmine.dev/rollout': 'shop' },
      ownerReferences: [{ kind: 'Rollout', name: 'shop', controller: true }],
    });
    expect(job?.metadata.name).toMatch(/^shop-db-migrate-[0-9a-f]{10}$/);
    expect(job?.spec).toMatchObject({
      activeDeadlineSeconds: 600,
      template: {
        spec: {
          containers: [
            {
              terminationMessagePolicy: 'FallbackToLogsOnError',
              env: expect.arrayContaining([
                { name: 'OWN', value: 'one' },
                { name: 'COALMINE_ROLLOUT', value: 'shop' },
                { name: 'COALMINE_RELEASE', value: '1' },
              ]) as unknown,
            },
          ],
        },
      },
    });
  });

  it('a Job that fails turns the release back, with what its pod said last', async () => {
    await cronJob('migrate', { nodeSelector: { none: 'such' } });
    await live.declare(BRIEF, {
      hooks: [{ name: 'migrate', at: 'beforeCandidate', job: { template: 'migrate' } }],
    });
    await push(live.client, live.at, 'shop:v2');
    await failPodOfJob();
    expect(await live.outcomeOf(1)).toBe('rolledBack');
    const reason = (await live.status())?.lastOutcome?.reason;
    expect(reason).toMatch(/the Job shop-migrate-[0-9a-f]+ failed/);
    expect(reason).toContain('exit status 3 (Error): migrating / relation users does not exist');
    await live.runsOnly('shop:v1');
  });

  it('a Job that nobody wants any more goes, with its pods', async () => {
    await cronJob('migrate', { nodeSelector: { none: 'such' } });
    await live.declare(BRIEF, {
      hooks: [{ name: 'migrate', at: 'beforeCandidate', job: { template: 'migrate' } }],
    });
    await push(live.client, live.at, 'shop:v2');
    await until('the Job runs', async () => (await jobs()).length === 1);
    expect((await live.coalmine('abort', 'shop')).code).toBe(0);
    expect(await live.outcomeOf(1)).toBe('aborted');
    await until('the Job is gone', async () => (await jobs()).length === 0);
  });

  it('a CronJob that is not there is said, and the release goes back', async () => {
    await live.declare(BRIEF, {
      hooks: [{ name: 'migrate', at: 'beforeCandidate', job: { template: 'nothing' } }],
    });
    await push(live.client, live.at, 'shop:v2');
    expect(await live.outcomeOf(1)).toBe('rolledBack');
    expect((await live.status())?.lastOutcome?.reason).toContain('there is no CronJob nothing');
  });

  it('commands do not run in the pod of the operator', async () => {
    const { spec, ...rest } = aRollout(live.namespace, 'shop');
    const hooks = [{ name: 'migrate', at: 'beforeCandidate', command: ['npm', 'run', 'migrate'] }];
    await live.client.create(ROLLOUTS, { ...rest, spec: { ...spec, hooks } }, soon());
    await live.phaseIs('Degraded');
    expect((await live.status())?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Stalled',
        reason: 'InvalidSpec',
        message: expect.stringContaining('write job: { template: NAME }') as string,
      }),
    );
  });

  it('a gate waits until another Rollout of the namespace is as it should be', async () => {
    const first = { namespace: live.namespace, name: 'first' };
    await live.deploy('first');
    await live.client.create(ROLLOUTS, aRollout(live.namespace, 'first', 'nowhere'), soon());
    await live.declare(BRIEF, {
      gates: [{ name: 'after', at: 'start', rollout: { name: 'first', phase: 'Healthy' } }],
    });
    await push(live.client, live.at, 'shop:v2');
    await until('it says what it waits for', async () =>
      ((await live.status())?.message ?? '').includes('waits until first is Healthy (it is Degraded)'),
    );
    await live.client.delete(ROLLOUTS, first, soon());
    await until('the first is gone', async () => (await rolloutAt(live.client, first)) === undefined);
    await until('it says that there is none', async () =>
      ((await live.status())?.message ?? '').includes('waits for first: there is none'),
    );
    await live.client.create(ROLLOUTS, aRollout(live.namespace, 'first'), soon());
    expect(await live.outcomeOf(1)).toBe('promoted');
  });

  /** What the kubelet would say. */
  async function failPodOfJob(): Promise<void> {
    let name = '';
    await until('the pod of the Job is there', async () => {
      const labels = 'batch.kubernetes.io/job-name';
      const { items } = await live.client.list(PODS, { namespace: live.namespace, labels }, soon());
      name = items[0]?.metadata.name ?? '';
      return name !== '';
    });
    const message = 'migrating\nrelation users does not exist\n';
    const terminated = { reason: 'Error', exitCode: 3, message };
    const container = { name: 'main', image: 'tool:v1', imageID: '', ready: false, restartCount: 0 };
    const status = { phase: 'Failed', containerStatuses: [{ ...container, state: { terminated } }] };
    const key = { namespace: live.namespace, name };
    await live.client.patch(statusOf(PODS), { ...key, merge: { status } }, soon());
  }
});
