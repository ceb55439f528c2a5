import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { authority, certificate } from '../../src/metrics/prometheus/testing/certificates.ts';
import {
  hasPrometheus,
  startPrometheus,
  type PrometheusServer,
  type ServerOptions,
} from '../../src/metrics/prometheus/testing/prometheus-server.ts';
import { ANALYSIS_TEMPLATES, EVENTS, ROLLOUTS, type RolloutObject } from '../../src/operator/objects.ts';
import {
  aDeployment,
  installKinds,
  makeNamespace,
  PATIENCE_MS,
  push,
  rolloutAt,
  until,
} from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { CONFIGS, DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { meterPods, type MeteredPods } from './metered-pods.ts';
import { OperatorProcess } from './operator-process.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);

const IMAGES = {
  'shop:v1': { failing: 0.05, seconds: 0.02 },
  'shop:v2': { failing: 0.05, seconds: 0.02 },
  'shop:failing': { failing: 0.3, seconds: 0.02 },
  'shop:slow': { failing: 0.05, seconds: 0.2 },
};

/** `correct horse battery`, as users write it down and as servers do. */
const PASSWORD = {
  base64: Buffer.from('correct horse battery').toString('base64'),
  bcrypt: '$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS',
};

describe.skipIf(sharedKubeconfig() === undefined || !hasPrometheus())(
  'a release in a cluster, judged by a real Prometheus',
  { timeout: 300_000 },
  () => {
    let client: KubeClient;
    let operator: OperatorProcess;
    let prometheus: PrometheusServer;
    let pods: MeteredPods;
    let namespace = '';
    let count = 0;

    beforeAll(async () => {
      client = await sharedClient();
      await installKinds(client);
    });
    beforeEach(async () => {
      count += 1;
      namespace = `metrics-${process.pid}-${count}`;
      await makeNamespace(client, namespace);
      pods = await meterPods({
        ...{ client, namespace, images: IMAGES },
        count: (exporter, { pod }, { all, failed, seconds }) => {
          const { name } = pod.metadata;
          const add = (series: string, by: number): void => {
            exporter.add(series, by);
          };
          add(`http_requests_total{pod="${name}",code="500"}`, failed);
          add(`http_requests_total{pod="${name}",code="200"}`, all - failed);
          for (const bound of [0.01, 0.05, 0.1, 0.5])
            add(`http_seconds_bucket{pod="${name}",le="${bound}"}`, seconds <= bound ? all : 0);
          add(`http_seconds_bucket{pod="${name}",le="+Inf"}`, all);
        },
      });
      prometheus = await scrape();
      operator = new OperatorProcess({ kubeconfig: inject('kubeconfig'), namespace });
    });
    afterEach(async (context) => {
      await operator.end();
      await prometheus.stop();
      await pods.stop();
      if (context.task.result?.state === 'fail')
        console.error(operator.said.split('\n').slice(-40).join('\n'));
    });
    afterAll(async () => {
      await client.close();
    });

    /** The label `pod` is what the pods are called, not what is scraped. */
    function scrape(more: Pick<ServerOptions, 'port' | 'web'> = {}): Promise<PrometheusServer> {
      const job = {
        job_name: 'pods',
        scrape_interval: '250ms',
        static_configs: [{ targets: [pods.exporter.target] }],
      };
      return startPrometheus({ jobs: [job], ...more });
    }

    const at = () => ({ namespace, name: 'shop' });
    const status = async () => (await rolloutAt(client, at()))?.status;
    const conditionIs = async (type: string, is: string): Promise<boolean> =>
      (await status())?.conditions?.some((one) => one.type === type && one.status === is) === true;
    const outcomeIs = (outcome: string): Promise<void> =>
      until(`it is ${outcome}`, async () => (await status())?.lastOutcome?.outcome === outcome);

    const mine = (more: string) => `http_requests_total{pod=~"{{pods}}[a-z0-9]{5}"${more}}`;
    const CHECKS = [
      {
        name: 'errors',
        ratio: { source: 'prom', bad: mine(',code="500"'), all: mine('') },
        worseBy: '50%',
        safe: '2x',
      },
      {
        name: 'latency',
        latency: { source: 'prom', query: 'http_seconds_bucket{pod=~"{{pods}}[a-z0-9]{5}"}' },
        worseBy: '10%',
      },
    ];

    const specOf = () => ({
      workload: { deployment: { name: 'shop', hold: 'always' } },
      strategy: { canary: { steps: [{ replicas: 1 }, { analyze: { atLeast: '1s', atMost: '10m' } }] } },
      sources: [{ name: 'prom', prometheus: { address: `http://${prometheus.target}` } }],
    });
    const PAUSED = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };

    async function declare(
      more: RolloutObject['spec'] = {},
      checks: readonly unknown[] = CHECKS,
    ): Promise<void> {
      await client.create(DEPLOYMENTS, aDeployment(namespace, 'shop', 'shop:v1'), soon());
      const spec = {
        ...specOf(),
        analysis: { warmUp: '0s', checks },
        ...more,
      } as unknown as RolloutObject['spec'];
      await client.create(ROLLOUTS, { metadata: at(), spec }, soon());
      await until('it is Healthy', async () => (await status())?.phase === 'Healthy');
    }

    it('is promoted long before its longest time when its errors are proved to be few', async () => {
      await declare();
      await push(client, at(), 'shop:v2');
      await outcomeIs('promoted');
    });

    it.each([
      ['failing', 'errors'],
      ['slow', 'latency'],
    ])('goes back when its version is %s', async (how, check) => {
      // Whoever has proved to be safe in one way does not wait for what is found in another.
      await declare(
        {},
        CHECKS.filter(({ name }) => name === check),
      );
      await push(client, at(), `shop:${how}`);
      await outcomeIs('rolledBack');
      expect((await status())?.lastOutcome?.reason).toContain(check);
    });

    it('waits while the source is away, says so in a condition and an event, and goes on when it is back', async () => {
      await declare();
      const port = Number(prometheus.target.split(':')[1]);
      await prometheus.stop();
      await push(client, at(), 'shop:v2');
      await until('it says that nothing is measured', () => conditionIs('Measured', 'False'));
      await until('an event says it', async () => {
        const { items } = await client.list(EVENTS, { namespace }, soon());
        return items.some(({ reason, message }) => reason === 'NotMeasured' && message.includes('prom'));
      });
      expect((await status())?.phase).toBe('Progressing');
      prometheus = await scrape({ port });
      await outcomeIs('promoted');
      expect(await conditionIs('Measured', 'False')).toBe(false);
    });

    it('is judged by a server that lets only some in, once there is the Secret that it asks for', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'coalmine-metrics-'));
      const root = await authority(dir, 'root');
      const its = await certificate(dir, { name: 'its', altName: 'DNS:prometheus.example' }, root);
      const ca = (await readFile(root.certFile)).toString('base64');
      await prometheus.stop();
      prometheus = await scrape({
        web: {
          tls_server_config: { cert_file: its.certFile, key_file: its.keyFile },
          basic_auth_users: { me: PASSWORD.bcrypt },
        },
      });
      const secret = {
        metadata: { namespace, name: 'prometheus' },
        data: { password: PASSWORD.base64, 'ca.crt': ca },
      };
      const auth = { basic: { user: 'me', password: { secret: 'prometheus/password' } } };
      const tls = { secret: 'prometheus', serverName: 'prometheus.example' };
      const address = `https://${prometheus.target}`;
      await declare({ sources: [{ name: 'prom', prometheus: { address, auth, tls } }] });
      await push(client, at(), 'shop:v2');
      await until('it says which Secret is missing', async () => {
        const measured = (await status())?.conditions?.find(({ type }) => type === 'Measured');
        return measured?.message.includes('there is no Secret prometheus') === true;
      });
      await client.create(CONFIGS.Secret, secret, soon());
      await outcomeIs('promoted');
      await rm(dir, { recursive: true, force: true });
    });

    it('is judged by the template that it began with, whatever becomes of that meanwhile', async () => {
      const template = { metadata: { namespace, name: 'service' }, spec: { checks: [CHECKS[0]] } };
      const analysis = { warmUp: '0s', templates: [{ name: 'service' }] };
      await client.create(DEPLOYMENTS, aDeployment(namespace, 'shop', 'shop:v1'), soon());
      const spec = { ...specOf(), strategy: PAUSED, analysis } as unknown as RolloutObject['spec'];
      await client.create(ROLLOUTS, { metadata: at(), spec }, soon());
      await until('it says that there is no such template', async () => {
        const stalled = (await status())?.conditions?.find(({ type }) => type === 'Stalled');
        return stalled?.reason === 'InvalidTemplate' && stalled.message.includes('create it');
      });
      await client.create(ANALYSIS_TEMPLATES, template as never, soon());
      await until('it is Healthy', async () => (await status())?.phase === 'Healthy');
      await push(client, at(), 'shop:failing');
      await until('its release has begun', async () => (await status())?.release === 1);
      await client.delete(ANALYSIS_TEMPLATES, { namespace, name: 'service' }, soon());
      await outcomeIs('rolledBack');
      expect((await status())?.lastOutcome?.reason).toContain('errors');
      await until('it says so again', () => conditionIs('Stalled', 'True'));
    });
  },
);
