import type { Router, RouterCapabilities } from '../controller/ports.ts';
import { ifUnreachable } from '../gateway/client.ts';
import type { GatewayTraffic } from '../rollout/traffic.ts';
import { isSame, type GatewayRoutes } from './gateway-routes.ts';

/** What our own gateway can do: any weight of 0.01 % and more, keeping users on their track, copies and any match. */
export const GATEWAY_CAPABILITIES: RouterCapabilities = {
  name: 'gateway',
  granularity: 10,
  sticky: true,
  mirror: true,
  matches: true,
  experiments: true,
};

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
      if (served === 'unreachable') return {};
      // An old system is to be served before anything of ours runs.
      if (served === undefined) return traffic.routes === undefined ? { route: { parts: [] } } : {};
      const { mirrors = [], maintenance, experiment } = served;
      const route = {
        ...(mirrors.length === 0 ? {} : { mirrors: mirrors.map(({ endpoints: _, ...mirror }) => mirror) }),
        ...(maintenance === undefined ? {} : { maintenance }),
        ...(experiment === undefined ? {} : { experiment }),
        parts: served.parts.map(({ endpoints: _, ...part }) => part),
      };
      // With another host, timeout or set of processes than wanted it is not yet what was last written.
      return isSame(served, routes.build({ rollout, traffic, route })) ? { route } : {};
    },
  };
}
