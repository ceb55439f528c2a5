import { unreachable } from '../base/unreachable.ts';
import type { ClusterTraffic } from '../rollout/cluster-traffic.ts';
import { clusterRouter, type ClusterRouter, type ClusterRouterOptions } from './cluster/router.ts';
import type { Steering } from './cluster/steering.ts';
import { gatewayApiSteering } from './gateway-api/router.ts';
import { istioSteering } from './istio/router.ts';
import { serviceSteering } from './kubernetes-service/router.ts';
import { nginxIngressSteering } from './nginx-ingress/router.ts';

/** The Router of a Rollout in a cluster. */
export function clusterRouterOf(traffic: ClusterTraffic, options: ClusterRouterOptions): ClusterRouter {
  return clusterRouter(steeringOf(traffic), options);
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
