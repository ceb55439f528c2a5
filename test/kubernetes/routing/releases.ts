import type { JsonObject } from '../../../src/base/json.ts';
import {
  GATEWAY_API,
  GRPC_API,
  ISTIO_HOSTS,
  ISTIO_SUBSETS,
  NGINX_INGRESS,
  PLAIN_SERVICE,
  type RouterCase,
} from './cases.ts';

/** Where a release waits for somebody, and what is served then, in percent for the new version. */
export interface Stop {
  readonly users: number;
  readonly audience: number;
  readonly copies: number;
  /** What ordinary requests are divided into. */
  readonly weights: readonly number[];
}

/** A strategy with its stops, and the routers that can do it. */
export interface ReleaseCase {
  readonly name: string;
  readonly strategy: JsonObject;
  readonly stops: readonly [Stop, ...Stop[]];
  /** Percents of which copies are made on the way; absent: none are. */
  readonly copies?: readonly number[];
  readonly routers: readonly RouterCase[];
}

const MATCH = [{ header: { name: 'x-preview', exact: '1' } }];
const PAUSE = { pause: {} };
const MATCHING = [GATEWAY_API, GRPC_API, ISTIO_SUBSETS, NGINX_INGRESS];
const COPYING = [GATEWAY_API, ISTIO_HOSTS, ISTIO_SUBSETS];

const divided = (percent: number): Stop => ({
  users: percent,
  audience: percent,
  copies: 0,
  weights: [percent, 100 - percent].sort((a, b) => a - b),
});
const onlyAudience: Stop = { users: 0, audience: 100, copies: 0, weights: [100] };
const copied = (percent: number): Stop => ({ users: 0, audience: 0, copies: percent, weights: [100] });

/** What is released by which strategies. */
export const RELEASES: readonly ReleaseCase[] = [
  {
    name: 'by batches of replicas',
    strategy: { ramped: { maxSurge: 1, pauseEvery: 1 } },
    stops: [divided(50)],
    routers: [GATEWAY_API, ISTIO_SUBSETS, NGINX_INGRESS],
  },
  {
    name: 'all at once after a preview for an audience',
    strategy: { blueGreen: { preview: { match: MATCH }, bake: '0s', keepStable: '0s' } },
    stops: [onlyAudience],
    routers: MATCHING,
  },
  {
    name: 'by weights beside a baseline',
    strategy: { canary: { baseline: true, steps: [{ weight: '20%' }, PAUSE] } },
    stops: [{ users: 20, audience: 20, copies: 0, weights: [20, 20, 60] }],
    routers: [GATEWAY_API, GRPC_API, ISTIO_HOSTS, ISTIO_SUBSETS],
  },
  {
    name: 'to an audience first, then by weights',
    strategy: { canary: { steps: [{ match: MATCH }, PAUSE, { weight: '50%' }, PAUSE] } },
    stops: [onlyAudience, { ...divided(50), audience: 100 }],
    routers: MATCHING,
  },
  {
    name: 'with copies first, then by weights',
    strategy: { canary: { steps: [{ mirror: '20%' }, PAUSE, { weight: '33.333%' }, PAUSE] } },
    copies: [0, 20],
    stops: [copied(20), { users: 33.333, audience: 33.333, copies: 0, weights: [33_333, 66_667] }],
    routers: COPYING,
  },
  {
    name: 'in the shadow, then by weights',
    strategy: {
      shadow: {
        share: '12.5%',
        until: { atMost: '2s' },
        then: { canary: { steps: [{ weight: '50%' }, PAUSE] } },
      },
    },
    copies: [0, 12.5],
    stops: [divided(50)],
    routers: COPYING,
  },
  {
    name: 'in the shadow of calls',
    strategy: {
      shadow: {
        share: '10%',
        methods: ['POST'],
        until: { atMost: '2s' },
        then: { canary: { steps: [{ weight: '50%' }, PAUSE] } },
      },
    },
    copies: [0, 10],
    stops: [divided(50)],
    routers: [GRPC_API],
  },
];

/** What a router cannot do, and what is said of it. */
export interface Refused {
  readonly router: RouterCase;
  readonly strategy: JsonObject;
  readonly says: RegExp;
}

const VARIANTS = {
  unit: { cookie: 'uid' },
  variants: [
    { name: 'blue', share: '50%', stable: true },
    { name: 'green', share: '50%' },
  ],
  goal: { conversion: { method: 'POST', path: '/orders', status: '2xx' }, minimumEffect: '5%' },
  endWhen: { decided: true, atMost: '14d' },
};
const BASELINE = { canary: { baseline: true, steps: [{ weight: '20%' }, PAUSE] } };
const AUDIENCE = { canary: { steps: [{ match: MATCH }, PAUSE] } };
const COPIES = { canary: { steps: [{ mirror: '20%' }, PAUSE] } };
const ALTERNATIVES = {
  canary: { steps: [{ match: [{ header: { name: 'a', exact: '1' }, path: { prefix: '/b' } }] }, PAUSE] },
};
const COMPARED = { shadow: { share: '10%', until: { atMost: '1h' }, compare: { status: true } } };

/** Refused before anything moves, by what the router is and by the step. */
export const REFUSED: readonly Refused[] = [
  { router: NGINX_INGRESS, strategy: COPIES, says: /copies of 20%.*an Ingress of nginx cannot send/ },
  { router: NGINX_INGRESS, strategy: BASELINE, says: /baseline and canary.*an Ingress of nginx knows 1/ },
  { router: NGINX_INGRESS, strategy: ALTERNATIVES, says: /an Ingress of nginx cannot/ },
  { router: NGINX_INGRESS, strategy: { ab: VARIANTS }, says: /variant.*an Ingress of nginx cannot/ },
  { router: PLAIN_SERVICE, strategy: COPIES, says: /copies of requests, which a plain Service cannot send/ },
  { router: PLAIN_SERVICE, strategy: AUDIENCE, says: /by what they say, which a plain Service cannot/ },
  { router: PLAIN_SERVICE, strategy: { ab: VARIANTS }, says: /variant.*a plain Service cannot/ },
  { router: GATEWAY_API, strategy: { ab: VARIANTS }, says: /variant.*an HTTPRoute cannot/ },
  { router: GATEWAY_API, strategy: COMPARED, says: /compares answers to copies, which an HTTPRoute/ },
  { router: GRPC_API, strategy: COPIES, says: /copies requests of GET, HEAD.*a GRPCRoute has only POST/ },
  { router: ISTIO_SUBSETS, strategy: { ab: VARIANTS }, says: /variant.*Istio cannot/ },
];
