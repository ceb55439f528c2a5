import { describe, expect, it } from 'vitest';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { PATIENCE_MS, until } from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { REFUSED, RELEASES, type Refused, type ReleaseCase } from './routing/releases.ts';
import { lacksDefinitions, Stages, type Stage } from './routing/stage.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);

type Whose = 'users' | 'audience' | 'copies';

describe.skipIf(sharedKubeconfig() === undefined)(
  'coalmine operator releases through a router',
  { timeout: 300_000 },
  () => {
    const stages = Stages.forTests('strategies');

    /** Pushes an image, and lets it on from stop to stop; at the last one the command is given. */
    async function release(
      stage: Stage,
      { stops }: ReleaseCase,
      { image, end }: { readonly image: string; readonly end: 'resume' | 'abort' },
    ): Promise<void> {
      const { site } = stage;
      await site.push(image);
      for (const [i, stop] of stops.entries()) {
        await until(`${image} is at ${JSON.stringify(stop)}`, async () => {
          const seen = await site.observer.look();
          const now = (whose: Whose): number => seen?.[whose][image] ?? 0;
          const served = { users: now('users'), audience: now('audience'), copies: now('copies') };
          const isServed = JSON.stringify({ ...served, weights: seen?.weights }) === JSON.stringify(stop);
          return isServed && (await site.status())?.phase === 'Paused';
        });
        expect(await stage.coalmine(i === stops.length - 1 ? end : 'resume', 'shop')).toBe(0);
      }
    }

    const rows = RELEASES.flatMap((row) => row.routers.map((router) => ({ row, router }))).filter(
      ({ router }) => !lacksDefinitions(router),
    );

    it.each(rows)(
      '$row.name, by $router.name, forward and back, and nobody is without an answer',
      async ({ row, router }) => {
        const on = await stages.open(router);
        const { site } = on;
        const before = await site.objects();
        await site.declare(row.strategy);
        await site.phaseIs('Healthy');
        await release(on, row, { image: 'shop:v2', end: 'resume' });
        await site.outcomeIs('promoted');
        await site.servedIs('shop:v2', 100);
        await site.phaseIs('Healthy');
        await release(on, row, { image: 'shop:v3', end: 'abort' });
        await site.outcomeIs('aborted');
        await site.servedIs('shop:v2', 100);
        for (const [image, end] of [
          ['shop:v2', 100],
          ['shop:v3', 0],
        ] as const) {
          const percents = (whose: Whose) => site.observer.percentsOf(image, whose);
          const expected = stopsOf(row, 'users', end);
          // Later it has less again, while another is released.
          expect(percents('users').slice(0, expected.length)).toEqual(expected);
          expect(new Set(percents('copies'))).toEqual(new Set(row.copies ?? [0]));
        }
        await stages.client.delete(ROLLOUTS, site.at, soon());
        await until(
          'it is gone',
          async () => (await stages.client.get(ROLLOUTS, site.at, soon())) === undefined,
        );
        expect(await site.objects()).toEqual(before);
        expect(site.observer.lost).toEqual([]);
      },
    );

    describe.each(
      [...new Set(REFUSED.map(({ router }) => router))].filter((router) => !lacksDefinitions(router)),
    )('what cannot be done by $name', (router) => {
      it('is refused by name before anything moves', async () => {
        const { site } = await stages.open(router);
        const [first, ...others] = REFUSED.filter((one) => one.router === router);
        const isRefused = ({ says }: Refused) =>
          until(`it says ${String(says)}`, async () => {
            const { message = '', conditions = [] } = (await site.status()) ?? {};
            return says.test(message) && conditions.some(({ reason }) => reason === 'RefusedPlan');
          });
        if (first === undefined) return;
        await site.declare(first.strategy);
        await isRefused(first);
        for (const one of others) {
          await stages.client.patch(
            ROLLOUTS,
            { ...site.at, json: [{ op: 'replace', path: '/spec/strategy', value: one.strategy }] },
            soon(),
          );
          await isRefused(one);
        }
        expect(site.observer.percentsOf('shop:v1')).toEqual([100]);
      });
    });
  },
);

/** The percents that an image has at its stops, after nothing and before what comes after. */
function stopsOf({ stops }: ReleaseCase, whose: Whose, last: number): readonly number[] {
  const all = [0, ...stops.map((stop) => stop[whose]), last];
  return all.filter((percent, i) => percent !== all[i - 1]);
}
