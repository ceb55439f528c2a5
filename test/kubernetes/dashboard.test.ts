import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { SessionView } from '../../src/api/resources.ts';
import { fixedCredentials, type ClusterAccess } from '../../src/kube/access.ts';
import { kubeClient } from '../../src/kube/api-client.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { servingDuring } from '../../src/operator/api/serving.ts';
import { commandsIn } from '../../src/operator/commands.ts';
import { push, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { axeComplaints, HAS_CHROMIUM } from '../e2e/chromium.ts';
import { Eyes } from '../e2e/dashboard-page.ts';
import { freePort } from '../tools.ts';
import { BINDINGS, give, newAccount, userName } from './accounts.ts';
import { installApi } from './installed.ts';
import { LiveOperator, soon, TEST_KEY } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const PAUSING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };

interface OwnReview extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly allowed: boolean };
}

/** Whether somebody may do something, which he asks himself. */
const OWN_REVIEWS = resource<OwnReview>('authorization.k8s.io/v1', 'SelfSubjectAccessReview', {
  plural: 'selfsubjectaccessreviews',
  clusterWide: true,
});

describe.skipIf(sharedKubeconfig() === undefined || !HAS_CHROMIUM)(
  'the dashboard of a cluster in a browser',
  { timeout: 120_000 },
  () => {
    const [mail, web] = [LiveOperator.forTests(), LiveOperator.forTests()];
    let eyes: Eyes;
    let access: ClusterAccess;
    let operator: KubeClient;
    let port: number;

    beforeAll(async () => {
      eyes = await Eyes.open();
      access = await loadKubeconfig({ path: inject('kubeconfig') });
    });
    beforeEach(async () => {
      operator = as(await installApi(mail.client, mail.namespace, soon()));
      port = await freePort();
      await Promise.all([mail.declare(PAUSING), web.declare(PAUSING)]);
    });
    afterEach(async () => {
      await operator.close();
      expect(eyes.complaints.splice(0)).toEqual([]);
    });
    afterAll(() => eyes.close());

    const as = (token: string): KubeClient =>
      kubeClient({ ...access, credentials: fixedCredentials({ authorization: `Bearer ${token}` }) });

    /** As an operator in a cluster serves it, to one who has come by `kubectl port-forward`. */
    async function whileServed(work: () => Promise<void>): Promise<void> {
      const end = new AbortController();
      const serving = {
        ...{ client: operator, access, namespace: mail.namespace, log: silentLog },
        keyOf: () => Promise.resolve(TEST_KEY),
        dashboard: { directory: resolve('dist/web'), servedBy: 'cluster' },
        api: { host: '127.0.0.1', port, isSecure: true },
        signal: end.signal,
      } as const;
      await servingDuring(serving, work);
    }

    async function arrive(): Promise<Page> {
      const page = await eyes.page({ goesOn: true });
      await page.goto(`https://localhost:${port}/`);
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      return page;
    }

    async function logIn(page: Page, token: string): Promise<void> {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { name: 'Rollouts' }).waitFor();
    }

    const rowOf = (page: Page, { namespace }: LiveOperator) =>
      page.getByRole('link', { name: new RegExp(`shop in ${namespace}`) });

    async function openPromotion(page: Page) {
      await page.getByRole('button', { name: 'Promote', exact: true }).click();
      const dialog = page.getByRole('dialog');
      return { dialog, confirm: () => dialog.getByRole('button', { name: 'Promote' }).click() };
    }

    it('lets an account see all Rollouts, and promote one where its roles let it', async () => {
      const ana = { namespace: mail.namespace, name: 'ana' };
      const token = await newAccount(mail.client, ana, soon());
      await give(mail.client, { role: 'coalmine-view', to: ana }, soon());
      await give(mail.client, { role: 'coalmine-edit', to: ana, namespace: web.namespace }, soon());
      await whileServed(async () => {
        const page = await arrive();
        expect(await axeComplaints(page)).toEqual([]);
        await logIn(page, token);
        // Of many Rollouts those are drawn that are seen, and other tests leave theirs.
        const search = page.getByRole('searchbox');
        for (const place of [mail, web]) {
          await search.fill(place.namespace);
          await rowOf(page, place).getByText('Healthy', { exact: true }).waitFor();
        }
        await search.fill('');
        expect(await axeComplaints(page)).toEqual([]);

        await page.getByLabel('Namespace').selectOption(web.namespace);
        await page.getByText(/hidden by the namespace/).waitFor();
        expect(await rowOf(page, mail).count()).toBe(0);
        await push(web.client, web.at, 'shop:v2');
        await rowOf(page, web).getByText('Paused', { exact: true }).waitFor();

        await rowOf(page, web).click();
        const { confirm } = await openPromotion(page);
        await confirm();
        await page.getByText(/Release 1 was promoted/).waitFor();
        const given = commandsIn((await rolloutAt(web.client, web.at)) ?? { metadata: web.at }).at(-1);
        expect(given).toMatchObject({ verb: 'promote', by: { name: userName(ana) } });

        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByRole('heading', { name: 'Log in' }).waitFor();
        await page.goBack();
        await page.getByRole('heading', { name: 'Log in' }).waitFor();
      });
    });

    it('says to whom the cluster refuses something what it refused, and what he lacks', async () => {
      const ben = { namespace: web.namespace, name: 'ben' };
      const token = await newAccount(web.client, ben, soon());
      const { namespace } = web;
      await give(web.client, { role: 'coalmine-view', to: ben, namespace }, soon());
      const edit = await give(web.client, { role: 'coalmine-edit', to: ben, namespace }, soon());
      await push(web.client, web.at, 'shop:v2');
      await web.phaseIs('Paused');
      await whileServed(async () => {
        const page = await arrive();
        await logIn(page, token);
        const named = page.getByLabel('Namespaces, with commas between');
        await named.fill(`${namespace}, ${mail.namespace}`);
        await page.getByRole('button', { name: 'Show', exact: true }).click();
        await page
          .getByRole('alert')
          .getByText(`${userName(ben)} may not get, list, watch`)
          .waitFor();
        await named.fill(namespace);
        await page.getByRole('button', { name: 'Show', exact: true }).click();
        await rowOf(page, web).click();

        const { dialog, confirm } = await openPromotion(page);
        await web.client.delete(BINDINGS, { namespace, name: edit }, soon());
        await until('he may not', async () => !(await mayPatch(token, namespace)));
        await confirm();
        const refused = await dialog.getByRole('alert').textContent();
        expect(refused).toContain(userName(ben));
        expect((await web.status())?.phase).toBe('Paused');
        // What he may do counts for seconds.
        await until('the page learns of it', async () => {
          const learnt = page.waitForResponse((answer) =>
            answer.url().endsWith(`/${namespace}/api/v1/session`),
          );
          await page.reload();
          return ((await (await learnt).json()) as SessionView).role === 'viewer';
        });
        await page.getByRole('heading', { name: 'Actions' }).waitFor({ state: 'detached' });
      });
    });

    async function mayPatch(token: string, namespace: string): Promise<boolean> {
      const client = as(token);
      const asked = { namespace, verb: 'patch', group: 'coalmine.dev', resource: 'rollouts' };
      try {
        const answer = await client.create(
          OWN_REVIEWS,
          { metadata: { generateName: '' }, spec: { resourceAttributes: asked } },
          soon(),
        );
        return answer.status?.allowed === true;
      } finally {
        await client.close();
      }
    }
  },
);
