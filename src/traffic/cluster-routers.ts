import { unreachable } from '../base/unreachable.ts';
import type { RouterCapabilities } from '../controller/ports.ts';
import type { ClusterTraffic } from '../rollout/cluster-traffic.ts';
import { clusterRouter, type ClusterRouter, type ClusterRouterOptions } from './cluster/router.ts';
import type { Steered, Steering } from './cluster/steering.ts';
import { gatewayApiSteering } from './gateway-api/router.ts';
import { istioSteering } from './istio/router.ts';
import { serviceSteering } from './kubernetes-service/router.ts';
import { nginxIngressSteering } from './nginx-ingress/router.ts';

/** The Router of a Rollout in a cluster. */
export function clusterRouterOf(traffic: ClusterTraffic, options: ClusterRouterOptions): ClusterRouter {
  return clusterRouter(steeringOf(traffic), options);
}

/** What the Router of a Rollout in a cluster can do. */
export function clusterCapabilitiesOf(traffic: ClusterTraffic): RouterCapabilities {
  return steeringOf(traffic).can;
}

/** The objects of a user that such traffic is steered by, as far as they are known without looking. */
export function steeredObjectsOf(traffic: ClusterTraffic): readonly Steered[] {
  return steeringOf(traffic).objects;
}

function steeringOf(traffic: ClusterTraffic): Steering<unknown> {
  switch (traffic.kind) {
    case 'service':
      return serviceSteering(traffic);
    case 'gatewayAPI':
      return gatewayApiSteering(traffic);
    case 'istio':
      return istioSteering(traffic);
    case 'nginxIngress':
      return nginxIngressSteering(traffic);
    default:
      return unreachable(traffic);
  }
}
