import fc from 'fast-check';
import { Agent, request, type Dispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearlyValid } from '../../../test/rollout/nearly-valid.ts';
import { sharedClient, sharedKubeconfig } from '../../../test/kubernetes/shared-plane.ts';
import { isJsonObject } from '../../base/json.ts';
import { ApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import { resource, statusOf } from '../../kube/resource.ts';
import { examineRollout } from '../../rollout/resolve/rollout.ts';
import { applyDefinitions } from '../install/definitions.ts';

interface AnyRollout extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

const NAMESPACES = resource('v1', 'Namespace', { plural: 'namespaces', clusterWide: true });
const ROLLOUTS = resource<AnyRollout>('coalmine.dev/v1alpha1', 'Rollout', { plural: 'rollouts' });

const signal = new AbortController().signal;
const namespace = 'definitions';

const RELEASES = resource<KubeObject & { readonly spec?: object; readonly status?: object }>(
  'coalmine.dev/v1alpha1',
  'Release',
  { plural: 'releases' },
);
const TEMPLATES = resource<AnyRollout>('coalmine.dev/v1alpha1', 'AnalysisTemplate', {
  plural: 'analysistemplates',
});
const CLUSTER_TEMPLATES = resource<AnyRollout>('coalmine.dev/v1alpha1', 'ClusterAnalysisTemplate', {
  plural: 'clusteranalysistemplates',
  clusterWide: true,
});

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

/** Every Rollout that the repository shows in a file of its own. */
const EXAMPLES = examplesIn('examples');

function examplesIn(directory: string): readonly { readonly file: string; readonly spec: unknown }[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(directory, file), 'utf8')).map((tree) => ({
        file,
        document: tree.toJS() as unknown,
      })),
    )
    .flatMap(({ file, document }) =>
      isJsonObject(document) && isJsonObject(document['spec']) ? [{ file, spec: document['spec'] }] : [],
    );
}

/** The places that the server blames, as far as it names them: some of its words name none. */
function placesOf({ causes }: ApiError): readonly string[] {
  return causes.flatMap(({ field, message }) => {
    if (field.startsWith('spec')) return [field];
    const named = /"(spec[^"]*)" must validate/.exec(message)?.[1];
    return named === undefined ? [] : [named];
  });
}

describe.skipIf(sharedKubeconfig() === undefined)('the kinds of coalmine in a real API server', () => {
  let client: KubeClient;

  beforeAll(async () => {
    client = await sharedClient();
    await client.create(NAMESPACES, { metadata: { name: namespace } }, signal);
    await applyDefinitions(client, signal);
  });
  afterAll(async () => {
    await client.close();
  });

  async function tryOut(spec: unknown): Promise<ApiError | undefined> {
    const object = { metadata: { namespace, name: 'tried' }, spec } as AnyRollout;
    return client.apply(ROLLOUTS, { object, dryRun: true }, signal).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ApiError) return error;
        throw error;
      },
    );
  }

  it('refuse nothing that coalmine itself would take, and blame the same place', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(nearlyValid(), async (document) => {
        fc.pre(isJsonObject(document) && isJsonObject(document['spec']));
        const spec = isJsonObject(document) ? document['spec'] : undefined;
        const error = await tryOut(spec);
        const ours = examineRollout({ metadata: { name: 'tried' }, spec }, 'operator').findings.map(
          (one) => one.path,
        );
        if (error === undefined) taken += 1;
        else expect(ours).toEqual(expect.arrayContaining([...placesOf(error)]));
        if (error !== undefined) expect(ours).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
    // Otherwise the property above says little.
    expect(taken).toBeGreaterThan(0);
  });

  it.each(EXAMPLES.map((example) => [example.file, example] as const))('take %s', async (_, { spec }) => {
    expect(await tryOut(spec)).toBeUndefined();
  });

  it.each([
    ['spec.strategy.canari', { strategy: { canari: {} } }],
    ['spec.deadlin', { deadlin: '1h' }],
    ['spec.workload.deployment.nam', { workload: { deployment: { name: 'shop', nam: 'x' } } }],
    [
      'spec.gates[0].approval.form',
      { gates: [{ name: 'a', at: 'start', approval: { by: ['me'], form: 'x' } }] },
    ],
  ])('refuse the typo at %s when fields are validated strictly, as kubectl does', async (path, typo) => {
    const body = {
      apiVersion: 'coalmine.dev/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'typo', namespace },
      spec: { workload: { deployment: { name: 'shop' } }, strategy: { recreate: {} }, ...typo },
    };
    const { status, message } = await createdStrictly(body);
    expect(status).toBe(400);
    expect(message).toContain(`unknown field "${path}"`);
  });

  it.each([
    [
      'spec.strategy',
      { strategy: { recreate: {}, canary: { weights: ['5%'] } } },
      'write exactly one strategy: recreate',
    ],
    [
      'spec.strategy.canary',
      { strategy: { canary: {} } },
      'write exactly one way to write the steps: weights',
    ],
    [
      'spec.analysis.checks[0]',
      { analysis: { checks: [{ name: 'a' }] } },
      'write exactly one metric: errors',
    ],
    [
      'spec.strategy.canary.steps[0]',
      { strategy: { canary: { steps: [{ weight: '5%', pause: '1s' }] } } },
      '1 item',
    ],
    ['spec.strategy.ramped.maxSurge', { strategy: { ramped: { maxSurge: '5' } } }, 'should match'],
    ['spec.onDeadline', { onDeadline: 'rollback' }, 'supported values: "rollBack", "hold"'],
    [
      'spec.gates',
      {
        gates: [
          { name: 'a', at: 'start' },
          { name: 'a', at: 'start' },
        ],
      },
      'name="a"',
    ],
  ])('say at %s what is to be written instead', async (path, part, words) => {
    const error = await tryOut({
      workload: { deployment: { name: 'shop' } },
      strategy: { recreate: {} },
      ...part,
    });
    expect(`${error?.causes.map(({ field }) => field).join(' ')} ${error?.message}`).toContain(path);
    expect(error?.message).toContain(words);
  });

  it('leave what a user wrote as it is, without defaults', async () => {
    const spec = { workload: { deployment: { name: 'shop' } }, strategy: { canary: { weights: ['5%'] } } };
    const object = { metadata: { namespace, name: 'plain' }, spec } as AnyRollout;
    const made = await client.create(ROLLOUTS, object, signal);
    expect(made.spec).toEqual(spec);
  });

  it('keep status apart, and show it in columns', async () => {
    const spec = { workload: { deployment: { name: 'shop' } }, strategy: { canary: { weights: ['5%'] } } };
    const key = { namespace, name: 'shown' };
    await client.create(ROLLOUTS, { metadata: key, spec }, signal);
    const status = {
      observedGeneration: 1,
      phase: 'Progressing',
      message: 'at 5%',
      strategy: 'canary',
      step: '1/2',
      weight: '5%',
      stable: { revision: 'r1-a', templateHash: 'abc' },
      candidate: { revision: 'r1-b' },
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'Progressing',
          message: '',
          lastTransitionTime: '2026-11-29T20:00:00Z',
        },
      ],
    };
    const applied = { metadata: key, status } as AnyRollout;
    await client.apply(statusOf(ROLLOUTS), { object: applied }, signal);
    expect(await client.get(ROLLOUTS, key, signal)).toMatchObject({ spec, status });
    const { columnDefinitions, rows } = await tableOf('shown');
    expect(columnDefinitions.filter(({ priority }) => priority === 0).map(({ name }) => name)).toEqual([
      'Name',
      'Phase',
      'Strategy',
      'Step',
      'Stable',
      'Candidate',
      'Weight',
      'Age',
    ]);
    expect(rows[0]?.cells.slice(0, 7)).toEqual([
      'shown',
      'Progressing',
      'canary',
      '1/2',
      'r1-a',
      'r1-b',
      '5%',
    ]);
  });

  it('take a Release with its memory, and templates of an analysis', async () => {
    const release = {
      metadata: { namespace, name: `${'a'.repeat(63)}-12` },
      spec: { rollout: 'shop', number: 12, from: 'r1-a', to: 'r1-b' },
    };
    const status = { phase: 'Progressing', startedAt: '2026-11-29T20:00:00Z', memory: '{"step":1}' };
    await client.create(RELEASES, release, signal);
    await client.apply(statusOf(RELEASES), { object: { metadata: release.metadata, status } }, signal);
    expect(await client.get(RELEASES, release.metadata, signal)).toMatchObject({ status });
    const spec = { args: [{ name: 'job' }], checks: [{ name: 'errors', errors: {}, worseBy: '50%' }] };
    for (const of of [TEMPLATES, CLUSTER_TEMPLATES]) {
      const metadata = of.namespaced ? { namespace, name: 'web' } : { name: 'web' };
      expect(await client.create(of, { metadata, spec }, signal)).toMatchObject({ spec });
    }
  });

  async function createdStrictly(body: object): Promise<{ status: number; message: string }> {
    const path = `/apis/coalmine.dev/v1alpha1/namespaces/${namespace}/rollouts?fieldValidation=Strict&dryRun=All`;
    const answer = await asked(path, { method: 'POST', body: JSON.stringify(body) });
    return {
      status: answer.statusCode,
      message: ((await answer.body.json()) as { message: string }).message,
    };
  }

  async function tableOf(name: string): Promise<Table> {
    const path = `/apis/coalmine.dev/v1alpha1/namespaces/${namespace}/rollouts/${name}`;
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const answer = await asked(path, { method: 'GET', headers: { accept } });
    return (await answer.body.json()) as Table;
  }

  async function asked(
    path: string,
    { headers = {}, ...rest }: { method: 'GET' | 'POST'; body?: string; headers?: Record<string, string> },
  ): Promise<Dispatcher.ResponseData> {
    const { server, ca, credentials } = await loadKubeconfig({ path: sharedKubeconfig() ?? '' });
    const { authorization = '' } = await credentials.current(signal);
    const dispatcher = new Agent({ connect: { ca: ca ?? '' } });
    return request(`${server}${path}`, {
      ...rest,
      dispatcher,
      headers: { authorization, 'content-type': 'application/json', ...headers },
    });
  }
});
