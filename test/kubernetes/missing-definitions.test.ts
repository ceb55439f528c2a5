import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../src/operator/objects.ts';
import { PATIENCE_MS, until } from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { installDefinitions } from './definitions.ts';
import { ownKubeconfig } from './own-plane.ts';
import { GRPC_API } from './routing/cases.ts';
import { lacksDefinitions, Stages } from './routing/stage.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);
const PAUSING = { canary: { steps: [{ weight: '20%' }, { pause: {} }] } };

describe.skipIf(sharedKubeconfig() === undefined || lacksDefinitions(GRPC_API))(
  'coalmine operator, where the definitions of a router are missing',
  { timeout: 300_000 },
  () => {
    // On the shared plane others work by these definitions at the same time.
    const stages = Stages.forTests('missing', ownKubeconfig());

    it('says which, once, and goes on by itself when they are installed', async () => {
      const { definitions: { file = '' } = {}, ...undefinedYet } = GRPC_API;
      await installDefinitions(stages.client, file, ['httproutes']);
      const on = await stages.open({ ...undefinedYet, objects: [] });
      const { site } = on;
      await site.declare(PAUSING);
      await until('it is told', async () =>
        ((await site.status())?.conditions ?? []).some(
          ({ type, status, reason }) => type === 'Stalled' && status === 'True' && reason === 'RouteMissing',
        ),
      );
      expect((await site.status())?.message).toMatch(/does not know grpcroutes.*install their definitions/);
      await installDefinitions(stages.client, file, ['grpcroutes']);
      for (const { of, object } of GRPC_API.objects)
        await stages.client.create(of, { ...object, metadata: site.at }, soon());
      await site.phaseIs('Healthy');
      const { items } = await stages.client.list(EVENTS, { namespace: site.namespace }, soon());
      const told = items.filter(({ reason }) => reason === 'RouteMissing');
      expect(told.map(({ count: times }) => times)).toEqual(told.map(() => 1));
      expect(told.length).toBeLessThanOrEqual(2);
      expect(on.said.split('grpcroutes cannot be watched').length).toBeLessThanOrEqual(3);
    });
  },
);
