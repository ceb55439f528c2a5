import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { fixedCredentials, type ClusterAccess } from '../../src/kube/access.ts';
import { kubeClient } from '../../src/kube/api-client.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { clusterApi, type ApiOfCluster } from '../../src/operator/api/cluster-api.ts';
import { servingDuring } from '../../src/operator/api/serving.ts';
import { commandsIn } from '../../src/operator/commands.ts';
import { API_NAME, ENDED_SESSIONS_NAME } from '../../src/operator/install/names.ts';
import { place } from '../../src/operator/install/placing.ts';
import { apiRoles } from '../../src/operator/install/roles.ts';
import { push, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { CONFIGS } from '../../src/workloads/deployment/objects.ts';
import { asks, cookieSetBy } from '../api/asking.ts';
import { freePort } from '../tools.ts';
import { BINDINGS, newAccount, userName } from './accounts.ts';
import { PEOPLE_TOKENS } from './credentials.ts';
import { installAccount } from './installed.ts';
import { OperatorProcess } from './operator-process.ts';
import { LiveOperator, soon, TEST_KEY } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const ROLES = resource<KubeObject & { readonly rules: readonly object[] }>(RBAC, 'Role', { plural: 'roles' });

/** A Rollout that has not changed for so long changes no more by itself. */
const REST_MS = 1_000;

const PAUSING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };
const GATED = { gates: [{ name: 'sre', at: 'start', approval: { by: ['group:release-managers'] } }] };
const VERBS = { view: ['get', 'list', 'watch'], edit: ['get', 'list', 'watch', 'update', 'patch'] } as const;

interface Answered {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: JsonObject;
}

describe.skipIf(sharedKubeconfig() === undefined)(
  'the API of an operator, which may do what an installation lets it',
  { timeout: 120_000 },
  () => {
    const live = LiveOperator.forTests();
    let access: ClusterAccess;
    let client: KubeClient;
    let api: ApiOfCluster;
    let tokens: Readonly<Record<'viewer' | 'editor' | 'stranger', string>>;

    beforeEach(async () => {
      const { namespace } = live;
      const token = await installAccount(live.client, namespace, soon());
      const settings = {
        namespace,
        namespaced: true,
        enable: [],
        image: '',
        replicas: 1,
        hold: 'always',
      } as const;
      for (const role of apiRoles(settings))
        await place(role, { client: live.client, dryRun: false }, soon());
      access = await loadKubeconfig({ path: inject('kubeconfig') });
      client = kubeClient({ ...access, credentials: fixedCredentials({ authorization: `Bearer ${token}` }) });
      api = await replica();
      tokens = {
        viewer: await account('viewer'),
        editor: await account('editor'),
        stranger: await account('stranger'),
      };
      await bind('view', [{ kind: 'ServiceAccount', namespace, name: 'viewer' }]);
      await bind('edit', [
        { kind: 'ServiceAccount', namespace, name: 'editor' },
        ...Object.keys(PEOPLE_TOKENS).map((name) => ({ apiGroup: GROUP, kind: 'User', name })),
      ]);
    });
    afterEach(async () => {
      await api.close();
      await client.close();
    });

    async function replica(): Promise<ApiOfCluster> {
      const { namespace } = live;
      const one = clusterApi({
        ...{ client, access, log: silentLog, heartbeatMs: 100 },
        ...{ namespace, watched: namespace },
        keyOf: () => Promise.resolve(TEST_KEY),
      });
      one.server.listen(0, '127.0.0.1');
      await once(one.server, 'listening');
      return one;
    }

    const account = (name: string): Promise<string> =>
      newAccount(live.client, { namespace: live.namespace, name }, soon());

    async function bind(name: keyof typeof VERBS, subjects: readonly object[]): Promise<void> {
      const metadata = { namespace: live.namespace, name };
      const rules = [{ apiGroups: ['coalmine.dev'], resources: ['rollouts'], verbs: VERBS[name] }];
      await live.client.create(ROLES, { metadata, rules }, soon());
      const roleRef = { apiGroup: GROUP, kind: 'Role', name };
      await live.client.create(BINDINGS, { metadata, subjects, roleRef }, soon());
    }

    const urlOf = (path: string, namespace = live.namespace): string => {
      const { port } = api.server.address() as AddressInfo;
      return `http://127.0.0.1:${port}/namespaces/${namespace}/api/v1${path}`;
    };

    async function ask(token: string | undefined, path: string, body?: JsonObject): Promise<Answered> {
      const answer = await fetch(urlOf(path), {
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
      const challenge = answer.headers.get('www-authenticate');
      return { status: answer.status, challenge, body: (await answer.json()) as JsonObject };
    }

    const refusal = (status: number, ...words: readonly string[]) => ({
      status,
      body: {
        detail: expect.stringMatching(new RegExp(words.join('.*'), 's')) as string,
        hint: expect.any(String) as string,
      },
    });
    const nameOf = (name: string): string => userName({ namespace: live.namespace, name });

    it('shows Rollouts to who may see them, and says in words who may not, and why', async () => {
      await live.declare(PAUSING);
      expect(await ask(tokens.viewer, '/rollouts')).toMatchObject({ status: 200, body: [{ name: 'shop' }] });
      expect(await ask(tokens.viewer, '/rollouts/shop')).toMatchObject({
        status: 200,
        body: { phase: 'Healthy' },
      });
      expect(await ask(tokens.viewer, '/session')).toMatchObject({
        body: { name: nameOf('viewer'), kind: 'account', role: 'viewer' },
      });
      expect(await ask(tokens.stranger, '/rollouts')).toMatchObject(
        refusal(403, nameOf('stranger'), 'may not get, list, watch rollouts.coalmine.dev in', live.namespace),
      );
      expect(await ask('no-token-of-anybody', '/rollouts')).toMatchObject({
        ...refusal(401, 'does not know this token'),
        challenge: 'Bearer error="invalid_token"',
      });
      expect(await ask(undefined, '/rollouts')).toMatchObject({
        ...refusal(401, 'needs the token of an account'),
        challenge: 'Bearer',
      });
    });

    it('lets nobody who only sees them change anything, and says what that takes', async () => {
      await live.declare(PAUSING);
      await push(live.client, live.at, 'shop:v2');
      await live.phaseIs('Paused');
      const refused = await ask(tokens.viewer, '/rollouts/shop/steer', { verb: 'promote' });
      expect(refused).toMatchObject(refusal(403, 'viewer is viewer here, and this takes operator'));
      expect(refused.body['hint']).toContain('coalmine-edit');
      expect((await live.status())?.phase).toBe('Paused');
      expect(
        (
          await fetch(urlOf('/rollouts/shop'), {
            method: 'DELETE',
            headers: { authorization: `Bearer ${tokens.editor}` },
          })
        ).status,
      ).toBe(403);
    });

    it('has who may change them promote, in his own name', async () => {
      await live.declare(PAUSING);
      await push(live.client, live.at, 'shop:v2');
      await live.phaseIs('Paused');
      expect(await ask(tokens.editor, '/rollouts/shop/steer', { verb: 'promote' })).toMatchObject({
        status: 200,
      });
      expect(await live.outcomeOf(1)).toBe('promoted');
      const given = commandsIn((await rolloutAt(live.client, live.at)) ?? { metadata: live.at }).at(-1);
      expect(given).toMatchObject({ verb: 'promote', by: { name: nameOf('editor') } });
    });

    it('has what was decided on done to nothing else: a tag that is not so any more is 412, and writes nothing', async () => {
      await live.declare(PAUSING);
      await push(live.client, live.at, 'shop:v2');
      await live.phaseIs('Paused');
      const bearer = { authorization: `Bearer ${tokens.editor}` };
      const steer = (verb: string, seen: string): Promise<Response> =>
        fetch(urlOf('/rollouts/shop/steer'), {
          method: 'POST',
          headers: { ...bearer, 'content-type': 'application/json', 'if-match': seen },
          body: JSON.stringify({ verb }),
        });
      // Pods that get ready and wishes that are noticed change it for a while yet.
      let etag = '';
      await until('it is at rest', async () => {
        etag = (await fetch(urlOf('/rollouts/shop'), { headers: bearer })).headers.get('etag') ?? '';
        await setTimeout(REST_MS);
        const again = await fetch(urlOf('/rollouts/shop'), { headers: { ...bearer, 'if-none-match': etag } });
        return again.status === 304 && (await again.text()) === '';
      });

      expect((await steer('abort', `"0000000000000000.${etag.slice(-17)}`)).status).toBe(412);
      expect(commandsIn((await rolloutAt(live.client, live.at)) ?? { metadata: live.at })).toEqual([]);
      // Of two who have seen the same only one wins.
      const raced = await Promise.all(['promote', 'abort'].map((verb) => steer(verb, etag)));
      expect(raced.map(({ status }) => status).sort()).toEqual([200, 412]);
      const won = raced[0]?.status === 200 ? 'promoted' : 'aborted';
      expect(await live.outcomeOf(1)).toBe(won);
    });

    it('counts approvals for the groups that the API server knows their giver in, without a webhook', async () => {
      await live.declare(PAUSING, GATED);
      await push(live.client, live.at, 'shop:v2');
      await live.phaseIs('Waiting');
      const approval = { gate: 'sre' };
      expect(await ask(PEOPLE_TOKENS.ben, '/rollouts/shop/approvals', approval)).toMatchObject(
        refusal(403, 'ben, of system:authenticated, has no say at the gate sre'),
      );
      expect(await ask(PEOPLE_TOKENS.ana, '/rollouts/shop/approvals', approval)).toMatchObject({
        status: 200,
      });
      await live.phaseIs('Paused');
    });

    it('shuts out, within seconds, whose role is taken away, and ends what he listens to', async () => {
      await live.declare(PAUSING);
      const listening = await fetch(urlOf('/stream'), {
        headers: { authorization: `Bearer ${tokens.editor}` },
      });
      expect(listening.status).toBe(200);
      const heard = listening.text();
      await live.client.delete(BINDINGS, { namespace: live.namespace, name: 'edit' }, soon());
      await until('he is shut out', async () => {
        const { status } = await ask(tokens.editor, '/rollouts/shop/steer', { verb: 'pause' });
        return status === 403;
      });
      expect(await heard).toContain('may not get, list, watch');
      expect((await ask(tokens.viewer, '/rollouts')).status).toBe(200);
    });

    it('ends a session at every replica, whichever is asked to', async () => {
      const other = await replica();
      try {
        const portOf = (of: ApiOfCluster): number => (of.server.address() as AddressInfo).port;
        const headers = { authorization: `Bearer ${tokens.viewer}` };
        const begin = () => asks(portOf(api), { method: 'POST', path: '/api/v1/session', headers });
        const [ended, going] = [cookieSetBy(await begin()) ?? '', cookieSetBy(await begin()) ?? ''];
        const statusAt = async (of: ApiOfCluster, cookie: string, method = 'GET'): Promise<number> => {
          // Cookies are named by the port, and each has one of its own here.
          const own = { cookie: cookie.replace(String(portOf(api)), String(portOf(of))) };
          const page = { 'x-coalmine-request': 'dashboard', 'sec-fetch-site': 'same-origin' };
          return (await asks(portOf(of), { method, path: '/api/v1/session', headers: { ...own, ...page } }))
            .status;
        };
        expect([await statusAt(api, ended), await statusAt(other, ended)]).toEqual([200, 200]);
        expect(await statusAt(api, ended, 'DELETE')).toBe(204);
        expect(await statusAt(api, ended)).toBe(401);
        await until('the other has heard of it', async () => (await statusAt(other, ended)) === 401);
        expect([await statusAt(api, going), await statusAt(other, going)]).toEqual([200, 200]);
        // It is there now, and is written over.
        expect(await statusAt(other, going, 'DELETE')).toBe(204);
        await until('the first has heard of it', async () => (await statusAt(api, going)) === 401);
        const { namespace } = live;
        const kept = await live.client.get(
          CONFIGS.ConfigMap,
          { namespace, name: ENDED_SESSIONS_NAME },
          soon(),
        );
        expect(Object.keys(kept?.data ?? {})).toHaveLength(2);
        expect(JSON.stringify(kept)).not.toContain(ended.split('=')[1]);
      } finally {
        await other.close();
      }
    });

    it('is of the namespaces that its operator looks after, and says what its paths are', async () => {
      const bearer = { headers: { authorization: `Bearer ${tokens.viewer}` } };
      const elsewhere = await fetch(urlOf('/rollouts', 'elsewhere'), bearer);
      expect(await elsewhere.json()).toMatchObject({
        status: 404,
        hint: `it looks after ${live.namespace} alone`,
      });
      const ofAll = await fetch(urlOf('/rollouts').replace(/namespaces.*api/, 'api'), bearer);
      expect(await ofAll.json()).toEqual([]);
      const nowhere = await fetch(urlOf('/nothing').replace(/namespaces.*api/, 'api'), bearer);
      expect(nowhere.status).toBe(404);
    });

    it('is served by the operator itself, to its machine alone where it is not in a cluster', async () => {
      const { namespace } = live;
      const port = await freePort();
      const more = ['--no-leader-elect', '--api-port', String(port)];
      const operator = new OperatorProcess({ kubeconfig: inject('kubeconfig'), namespace, more });
      try {
        await until('it serves', () => {
          operator.check();
          return Promise.resolve(operator.said.includes(`"port":${port}`));
        });
        const url = `http://127.0.0.1:${port}/namespaces/${namespace}/api/v1/rollouts`;
        const answer = await fetch(url, { headers: { authorization: `Bearer ${tokens.viewer}` } });
        expect(await answer.json()).toEqual([]);
        expect(operator.said).not.toContain(tokens.viewer);
      } finally {
        expect(await operator.end()).toBe(0);
      }
    });

    it('is served over TLS, with a certificate that its Secret vouches for, and ends with the operator', async () => {
      const { namespace } = live;
      const [port, end] = [await freePort(), new AbortController()];
      const options = { client, access, namespace, log: silentLog, keyOf: () => Promise.resolve(TEST_KEY) };
      const address = { host: '127.0.0.1', port, isSecure: true };
      await servingDuring({ ...options, api: address, signal: end.signal }, async () => {
        const secret = await live.client.get(CONFIGS.Secret, { namespace, name: API_NAME }, soon());
        const ca = Buffer.from(secret?.data?.['ca.crt'] ?? '', 'base64').toString();
        const socket = connectTls({
          host: '127.0.0.1',
          port,
          ca,
          servername: `${API_NAME}.${namespace}.svc`,
        });
        await once(socket, 'secureConnect');
        expect(socket.authorized).toBe(true);
        const path = `/namespaces/${namespace}/api/v1/rollouts`;
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: api\r\nconnection: close\r\nauthorization: Bearer ${tokens.viewer}\r\n\r\n`,
        );
        let answer = '';
        for await (const part of socket) answer += String(part);
        expect(answer).toMatch(/^HTTP\/1.1 200 OK.*\[\]$/s);
        end.abort();
      });
      await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    });
  },
);
