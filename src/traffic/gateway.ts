import type { Router, RouterCapabilities } from '../controller/ports.ts';
import { ifUnreachable } from '../gateway/client.ts';
import type { GatewayTraffic } from '../rollout/model.ts';
import { isSame, type GatewayRoutes } from './gateway-routes.ts';

/** What our own gateway can do: any weight of 0.01 % and more, and keeping users on their track. */
export const GATEWAY_CAPABILITIES: RouterCapabilities = { name: 'gateway', granularity: 10, sticky: true };

/** Whose traffic, and through which gateway. */
export interface GatewayRouterOptions {
  readonly rollout: string;
  readonly traffic: GatewayTraffic;
  readonly routes: GatewayRoutes;
}

/** The Router of one Rollout behind our own gateway. */
export function gatewayRouter({ rollout, traffic, routes }: GatewayRouterOptions): Router {
  return {
    can: GATEWAY_CAPABILITIES,
    write: (route, signal) => routes.setRoute({ rollout, traffic, route }, signal),
    read: async (signal) => {
      const served = await routes.served(rollout, signal).catch(ifUnreachable('unreachable' as const));
      if (served === 'unreachable') return undefined;
      if (served === undefined) return { parts: [] };
      const route = {
        parts: served.parts.map(({ track, revision, weight }) => ({ track, revision, weight })),
      };
      // With another host, timeout or set of processes than wanted it is not yet what was last written.
      return isSame(served, routes.build({ rollout, traffic, route })) ? route : undefined;
    },
  };
}
