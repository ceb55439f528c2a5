import type { RouterCapabilities } from '../../controller/ports.ts';
import type { NginxIngressTraffic } from '../../rollout/cluster-traffic.ts';
import { dividedService, type Meant } from '../cluster/divided.ts';
import { needed } from '../cluster/missing.ts';
import { pinnedToFirst, unpinned } from '../cluster/pinning.ts';
import { recordedRoute, withRecord } from '../cluster/record.ts';
import { isOurs, refuseForeign, SERVICES, type Service } from '../cluster/services.ts';
import type { Owner, Steering, Wish } from '../cluster/steering.ts';
import { INGRESSES, type Ingress } from './objects.ts';
import { canaryIngress, canaryName, mainIngress } from './steer.ts';

/** What the canary annotations of ingress-nginx can do: one canary, one header and one cookie. */
export const NGINX_INGRESS_CAPABILITIES: RouterCapabilities = {
  name: 'an Ingress of nginx',
  granularity: 1,
  sticky: true,
  // It has copies of all requests only, and a slow one holds up the user.
  mirror: false,
  matches: {
    kinds: ['header exact', 'header prefix', 'header regex', 'header present', 'cookie exact'],
    alone: true,
    atMost: {
      'header exact': 1,
      'header prefix': 1,
      'header regex': 1,
      'header present': 1,
      'cookie exact': 1,
    },
    onlyTexts: { 'cookie exact': ['always'] },
  },
  experiments: false,
  besides: 1,
  confirms: 'written',
};

interface Picture {
  readonly main: Ingress;
  readonly canary: Ingress | undefined;
  readonly service: Service;
}

/** What an Ingress steers: a second one for the new version beside it, and the Service of both. */
export function nginxIngressSteering(traffic: NginxIngressTraffic): Steering<Picture> {
  const { ingress: name, service, sticky } = traffic;
  const at = 'traffic.nginxIngress';
  const meant: Meant = { what: `Ingress ${name}`, at, ...(service === undefined ? {} : { service }) };
  const cookie = sticky?.cookie;
  const serviceIn = (main: Ingress): string => dividedService(sendingOf(main), meant);
  return {
    can: NGINX_INGRESS_CAPABILITIES,
    objects: [{ of: INGRESSES, name }],
    servicePerSide: true,
    look: async (read) => {
      const main = await needed(read, { of: INGRESSES, name, at });
      const divided = await needed(read, { of: SERVICES, name: serviceIn(main), at: `Ingress ${name}` });
      return { main, canary: await read(INGRESSES, canaryName(main)), service: divided };
    },
    serviceIn: ({ main }) => serviceIn(main),
    recordIn: ({ service: divided }) => recordedRoute(divided),
    steer: ({ main, canary, service: current }, wanted) => {
      const beside = canaryIngress(main, wanted, cookie);
      return [
        { of: SERVICES, current, wanted: withRecord(pinnedToFirst(current, wanted), wanted.route) },
        { of: INGRESSES, current: main, wanted: mainIngress(main, beside !== undefined, cookie) },
        besideWish(canary, beside, wanted.owner),
      ];
    },
    release: ({ main, canary, service: current }, _divided, owner) => [
      ...(canary !== undefined && isOurs(canary, owner) ? [besideWish(canary, undefined, owner)] : []),
      { of: INGRESSES, current: main, wanted: mainIngress(main, false, cookie) },
      { of: SERVICES, current, wanted: unpinned(current) },
    ],
    unconfirmed: () => undefined,
  };
}

/** One of somebody else is in the way only when one of ours is needed. */
function besideWish(current: Ingress | undefined, wanted: Ingress | undefined, owner: Owner): Wish<Ingress> {
  if (current === undefined) return { of: INGRESSES, current, wanted };
  if (wanted === undefined)
    return { of: INGRESSES, current, wanted: isOurs(current, owner) ? undefined : current };
  refuseForeign(current, owner);
  const metadata = { ...current.metadata, annotations: wanted.metadata.annotations ?? {} };
  return {
    of: INGRESSES,
    current,
    wanted: { ...current, metadata, spec: { ...current.spec, ...wanted.spec } },
  };
}

function sendingOf({ spec }: Ingress) {
  return (spec.rules ?? []).map(({ http }) => ({
    name: undefined,
    to: (http?.paths ?? []).flatMap(({ backend }) => backend.service?.name ?? []),
  }));
}
