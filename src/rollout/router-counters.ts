import { unreachable } from '../base/unreachable.ts';
import type { ClusterTraffic, GatewayApiTraffic, GatewayImplementation } from './cluster-traffic.ts';

/** What the counters of a router are asked for `errors` and `latency`: templates for a source. */
export interface RouterCounters {
  /** Requests that failed, and all of them. */
  readonly bad: string;
  readonly all: string;
  /** The buckets of a histogram. */
  readonly latency: string;
  readonly unit: 'seconds' | 'milliseconds';
}

/** Templates for the candidate and for stable: the same, where a name tells the two apart. */
export interface CountersOfTracks {
  readonly candidate: RouterCounters;
  readonly stable: RouterCounters;
}

/** Why a router's counters do not tell, and what to do about it. */
export interface Uncounted {
  readonly reason: string;
  readonly hint: string;
}

/** One way of counting. `{{ingress}}` is the name of the Ingress; all else is filled in when it is asked. */
interface Counting {
  readonly counter: string;
  /** What is true of requests that failed. */
  readonly failed: string;
  readonly histogram: string;
  readonly unit: RouterCounters['unit'];
  /** What is true of the requests of a track. */
  readonly track: string;
  /** The same of stable, where no name tells the two apart. */
  readonly stable?: string;
}

/** Pods of a Deployment end in five letters or digits. */
const PODS = 'pod=~"{{pods}}[a-z0-9]{5}"';

const ISTIO = {
  counter: 'istio_requests_total',
  failed: 'response_code=~"5.."',
  histogram: 'istio_request_duration_milliseconds_bucket',
  unit: 'milliseconds',
} as const;
/** Counted by who sends, so that a pod that cannot be reached counts too. https://istio.io/latest/docs/reference/config/metrics */
const ISTIO_SERVICES: Counting = {
  ...ISTIO,
  track:
    'reporter="source",destination_service_namespace="{{namespace}}",destination_service_name="{{service}}"',
};
/** Subsets share one Service, so that only pods tell them apart, and these count what they were sent. */
const ISTIO_SUBSETS: Counting = {
  ...ISTIO,
  track: `reporter="destination",destination_service_namespace="{{namespace}}",${PODS}`,
};
/** Statuses of gRPC that HTTP would call 5xx: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const ISTIO_GRPC: Counting = { ...ISTIO_SERVICES, failed: 'grpc_response_status=~"2|4|12|13|14|15"' };

/** Envoy's counters of a cluster, which is what it calls the Service that it sends to. */
const ENVOY = {
  counter: 'envoy_cluster_upstream_rq_xx',
  failed: 'envoy_response_code_class="5"',
  histogram: 'envoy_cluster_upstream_rq_time_bucket',
  unit: 'milliseconds',
} as const;
/** It names them `namespace_service_port` for its statistics (altStatName in internal/envoy). */
const CONTOUR: Counting = {
  ...ENVOY,
  track: 'envoy_cluster_name=~"{{namespace}}_{{service}}_[0-9]+"',
};
/** `kube_httpbin_httpbin_8000`: https://kgateway.dev/docs/envoy/main/observability/ */
const KGATEWAY: Counting = {
  ...ENVOY,
  track: 'envoy_cluster_name=~"kube_{{namespace}}_{{service}}_[0-9]+"',
};

/** It names services `namespace-service-port` (pkg/provider/kubernetes/gateway). */
const TRAEFIK: Counting = {
  counter: 'traefik_service_requests_total',
  failed: 'code=~"5.."',
  histogram: 'traefik_service_request_duration_seconds_bucket',
  unit: 'seconds',
  track: 'service=~"{{namespace}}-{{service}}-[0-9]+@kubernetesgateway"',
};

/** Counted by the proxies of the pods that answer: failures are 5xx, and statuses of gRPC. https://linkerd.io/2/reference/proxy-metrics/ */
const LINKERD: Counting = {
  counter: 'response_total',
  failed: 'classification="failure"',
  histogram: 'response_latency_ms_bucket',
  unit: 'milliseconds',
  track: `direction="inbound",namespace="{{namespace}}",${PODS}`,
};

/** `canary` is the upstream of the canary Ingress, and nothing (of old, a dash) for requests that went by the main one (monitor.lua). */
const NGINX_INGRESS: Counting = {
  counter: 'nginx_ingress_controller_requests',
  failed: 'status=~"5.*"',
  histogram: 'nginx_ingress_controller_response_duration_seconds_bucket',
  unit: 'seconds',
  track: 'namespace="{{namespace}}",ingress="{{ingress}}",canary!~"-?"',
  stable: 'namespace="{{namespace}}",ingress="{{ingress}}",canary=~"-?"',
};

const ASK_THE_APP =
  'ask what the pods count themselves, as in ratio: { source, bad: \'http_requests_total{pod=~"{{pods}}.{5}",code=~"5.."}\', all: … }';

/** What each implementation counts for a route of the Gateway API. */
const OF_IMPLEMENTATION: Readonly<
  Record<GatewayImplementation, Readonly<Record<GatewayApiTraffic['route'], Counting | Uncounted>>>
> = {
  istio: { HTTPRoute: ISTIO_SERVICES, GRPCRoute: ISTIO_GRPC },
  contour: { HTTPRoute: CONTOUR, GRPCRoute: blindToCalls('Contour') },
  kgateway: { HTTPRoute: KGATEWAY, GRPCRoute: blindToCalls('kgateway') },
  traefik: { HTTPRoute: TRAEFIK, GRPCRoute: blindToCalls('Traefik') },
  linkerd: { HTTPRoute: LINKERD, GRPCRoute: LINKERD },
  // https://github.com/envoyproxy/gateway/issues/7017
  envoyGateway: {
    HTTPRoute: countsRulesOnly('Envoy Gateway'),
    GRPCRoute: countsRulesOnly('Envoy Gateway'),
  },
};

/** What a router counts for `errors` and `latency`, or why it does not tell. */
export function countersOf(traffic: ClusterTraffic): CountersOfTracks | Uncounted {
  switch (traffic.kind) {
    case 'service':
      return { reason: 'a plain Service counts nothing', hint: ASK_THE_APP };
    case 'nginxIngress':
      return templatesOf(NGINX_INGRESS, traffic.ingress);
    case 'istio':
      return templatesOf(traffic.destinationRule === undefined ? ISTIO_SERVICES : ISTIO_SUBSETS);
    case 'gatewayAPI':
      return ofGatewayApi(traffic);
    default:
      return unreachable(traffic);
  }
}

function ofGatewayApi({ implementation, route }: GatewayApiTraffic): CountersOfTracks | Uncounted {
  if (implementation === undefined) {
    const known = Object.keys(OF_IMPLEMENTATION).join(', ');
    const reason = 'nothing says whose counters tell what was served';
    return { reason, hint: `write traffic.gatewayAPI.implementation: one of ${known}` };
  }
  const counting = OF_IMPLEMENTATION[implementation][route];
  return 'reason' in counting ? counting : templatesOf(counting);
}

function templatesOf(counting: Counting, ingress = ''): CountersOfTracks {
  const { counter, failed, histogram, unit, track, stable = track } = counting;
  const of = (which: string): RouterCounters => {
    const labels = which.replaceAll('{{ingress}}', ingress);
    return {
      bad: `${counter}{${labels},${failed}}`,
      all: `${counter}{${labels}}`,
      latency: `${histogram}{${labels}}`,
      unit,
    };
  };
  return { candidate: of(track), stable: of(stable) };
}

function blindToCalls(who: string): Uncounted {
  return { reason: `${who} does not count which calls of gRPC failed`, hint: ASK_THE_APP };
}

function countsRulesOnly(who: string): Uncounted {
  return { reason: `${who} counts the Services of one rule together, not each by itself`, hint: ASK_THE_APP };
}
