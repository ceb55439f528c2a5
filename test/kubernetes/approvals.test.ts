import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { COMMANDS, commandsIn } from '../../src/operator/commands.ts';
import { holdConfiguration } from '../../src/operator/install/hold.ts';
import { HOLD_CONFIGURATION, SEAL_PATH } from '../../src/operator/install/names.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { push, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import type { HoldConfiguration } from '../../src/operator/webhook/configuration.ts';
import { runHoldWebhook } from '../../src/operator/webhook/hold-webhook.ts';
import { sealReview } from '../../src/operator/webhook/seal-review.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { Bench, type Ran } from '../cli/harness.ts';
import { freePort } from '../tools.ts';
import { PEOPLE_TOKENS } from './credentials.ts';
import { LiveOperator, soon, TEST_KEY } from './live-operator.ts';
import { newNamespace } from './objects.ts';
import { ownKubeconfig } from './own-plane.ts';
import { clientOf, sharedKubeconfig } from './shared-plane.ts';

type Person = keyof typeof PEOPLE_TOKENS;

const RBAC = 'rbac.authorization.k8s.io/v1';
const ROLES = resource<KubeObject & { readonly rules: readonly object[] }>(RBAC, 'Role', { plural: 'roles' });
const BINDINGS = resource<KubeObject & { readonly subjects: readonly object[]; readonly roleRef: object }>(
  RBAC,
  'RoleBinding',
  { plural: 'rolebindings' },
);
const CONFIGURATIONS = resource<HoldConfiguration>(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  { plural: 'mutatingwebhookconfigurations', clusterWide: true },
);

const CANARY = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };
const GATES = { gates: [{ name: 'sre', at: 'start', approval: { by: ['group:release-managers'] } }] };

describe.skipIf(sharedKubeconfig() === undefined)('approvals of people whom the API server knows', () => {
  // There alone the webhook is asked about what people write.
  const kubeconfig = ownKubeconfig();
  const live = LiveOperator.forTests(kubeconfig);
  const end = new AbortController();
  let webhook: Promise<void>;
  let bench: Bench;
  let configuration: object;

  beforeAll(async () => {
    bench = await Bench.create();
    const client = await clientOf(kubeconfig());
    const [port, namespace] = [await freePort(), await newNamespace(client, 'seal')];
    const { webhooks = [] } = holdConfiguration(namespace) as unknown as HoldConfiguration;
    const seal = webhooks.find(({ name }) => name === 'seal.coalmine.dev');
    // The webhook runs outside of the cluster here: the API server reaches it by its address.
    const clientConfig = { url: `https://127.0.0.1:${port}${SEAL_PATH}` };
    configuration = { metadata: { name: HOLD_CONFIGURATION }, webhooks: [{ ...seal, clientConfig }] };
    await client.apply(CONFIGURATIONS, { object: configuration as HoldConfiguration }, soon());
    const reviewers = { [SEAL_PATH]: sealReview(() => Promise.resolve(TEST_KEY)) };
    const address = { host: '127.0.0.1', port };
    const options = { client, namespace, address, reviewers, log: silentLog, now: Date.now, lookEveryMs: 50 };
    webhook = runHoldWebhook(options, end.signal).finally(() => client.close());
    for (const person of ['ana', 'ben'] as const)
      await writeFile(fileOf(person), await configOf(person, kubeconfig()));
  });
  afterAll(async () => {
    await live.client.delete(CONFIGURATIONS, { name: HOLD_CONFIGURATION }, soon());
    end.abort();
    await webhook;
    await bench.destroy();
  });

  const fileOf = (person: Person): string => join(bench.dir, person);

  const by = (person: Person, argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> =>
    bench.run([...argv, '--kubeconfig', fileOf(person), '-n', live.namespace], { env });

  /** Runs a command as a person who says he is somebody else. */
  const as = (person: Person, ...argv: readonly string[]): Promise<Ran> => by(person, argv, { USER: 'root' });

  async function declare(gates: JsonObject): Promise<void> {
    const { client, namespace } = live;
    const rules = [{ apiGroups: ['coalmine.dev'], resources: ['rollouts'], verbs: ['get', 'list', 'patch'] }];
    const subjects = Object.keys(PEOPLE_TOKENS).map((name) => ({
      ...{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User' },
      name,
    }));
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'people' };
    const metadata = { namespace, name: 'people' };
    await client.create(ROLES, { metadata, rules }, soon());
    await client.create(BINDINGS, { metadata, subjects, roleRef }, soon());
    await live.declare(CANARY, gates);
    await push(client, live.at, 'shop:v2');
    await live.phaseIs('Waiting');
    await until('the webhook is asked', async () => (await sealedBy()) === 'admin');
  }

  /** Who the webhook says writes now. */
  async function sealedBy(): Promise<string | undefined> {
    const probe = JSON.stringify([{ id: 'probe', verb: 'approve', as: 'nobody', gate: 'sre' }]);
    const merge = { metadata: { annotations: { [COMMANDS]: probe } } };
    const written = await live.client.patch(ROLLOUTS, { ...live.at, dryRun: true, merge }, soon());
    return commandsIn(written)[0]?.by?.name;
  }

  it('count for the groups that they are in, whatever anybody calls himself', async () => {
    await declare(GATES);
    const refused = await as('ben', 'approve', 'shop', 'sre');
    expect(refused).toMatchObject({
      code: 8,
      err: expect.stringContaining('ben, of system:authenticated, has no say at the gate sre') as string,
    });
    expect((await as('ben', 'approve', 'shop', 'sre', '--as', 'ana')).code).not.toBe(0);
    // As in a pipeline's container, where nothing says who that is.
    expect(await by('ana', ['approve', 'shop', 'sre'], { USER: '' })).toMatchObject({ code: 0, err: '' });
    await live.phaseIs('Paused');
    const { out } = await live.coalmine('events', 'shop', '-o', 'json');
    expect(JSON.parse(out)).toContainEqual(
      expect.objectContaining({ type: 'Approved', by: { kind: 'account', name: 'ana' } }),
    );
  });

  it('cannot be written by somebody else, nor used again', async () => {
    await declare({ gates: [{ name: 'sre', at: 'start', approval: { by: ['user:ana'] } }] });
    const forged = { name: 'ana', groups: ['release-managers'], release: 1, seal: 'forged' };
    const order = async (command: object): Promise<unknown> => {
      const merge = { metadata: { annotations: { [COMMANDS]: JSON.stringify([command]) } } };
      await live.client.patch(ROLLOUTS, { ...live.at, merge }, soon());
      const { id } = command as { readonly id: string };
      const answer = async () => (await live.status())?.answers?.find((one) => one.id === id);
      await until(`${id} is answered`, async () => (await answer()) !== undefined);
      return answer();
    };
    const approve = { verb: 'approve', gate: 'sre' };
    expect(await order({ id: 'one', ...approve, by: forged })).toMatchObject({ refused: 'notPermitted' });
    expect((await as('ana', 'approve', 'shop', 'sre')).code).toBe(0);
    await live.phaseIs('Paused');
    const given = commandsIn((await rolloutAt(live.client, live.at)) ?? { metadata: live.at }).at(-1);
    // The next release waits at the same gate, and nobody is asked any more who writes.
    await live.client.delete(CONFIGURATIONS, { name: HOLD_CONFIGURATION }, soon());
    await push(live.client, live.at, 'shop:v3');
    await until('the next waits', async () => (await live.status())?.release === 2);
    await live.phaseIs('Waiting');
    await until('the webhook is gone', async () => (await sealedBy()) === undefined);
    expect(await order({ ...given, id: 'two' })).toMatchObject({ refused: expect.any(String) as string });
    expect((await as('ana', 'approve', 'shop', 'sre')).code).toBe(8);
    const unnamed = await by('ana', ['approve', 'shop', 'sre'], { USER: '' });
    expect(unnamed).toMatchObject({ code: 2, err: expect.stringContaining('--as NAME') as string });
    expect((await live.status())?.phase).toBe('Waiting');
    await live.client.apply(CONFIGURATIONS, { object: configuration as HoldConfiguration }, soon());
  });
});

async function configOf(person: Person, kubeconfig: string): Promise<string> {
  const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as { users: unknown };
  config.users = [{ name: 'test', user: { token: PEOPLE_TOKENS[person] } }];
  return JSON.stringify(config);
}
