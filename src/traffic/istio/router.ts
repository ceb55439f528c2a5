import type { RouterCapabilities } from '../../controller/ports.ts';
import type { IstioTraffic } from '../../rollout/cluster-traffic.ts';
import { SIDES } from '../cluster/division.ts';
import { dividedService, type Meant } from '../cluster/divided.ts';
import { needed } from '../cluster/missing.ts';
import { recordedRoute } from '../cluster/record.ts';
import type { Steering, Wish } from '../cluster/steering.ts';
import { DESTINATION_RULES, VIRTUAL_SERVICES, type DestinationRule, type VirtualService } from './objects.ts';
import { foreignRoutes, released, sendingOf, steered, type Leave, type Steer } from './steer.ts';
import { withoutSubsets, withSubsets } from './subsets.ts';

/** What Istio can do. It does not say when its proxies have taken a VirtualService. */
export const ISTIO_CAPABILITIES: RouterCapabilities = {
  name: 'Istio',
  granularity: 1,
  sticky: true,
  mirror: { compares: false },
  matches: {
    kinds: [
      'header exact',
      'header prefix',
      'header regex',
      'header present',
      'header absent',
      'cookie exact',
      'cookie prefix',
      'cookie regex',
      'cookie present',
      'query exact',
      'query prefix',
      'query regex',
      'query present',
      'path exact',
      'path prefix',
      'path regex',
      'method',
    ],
  },
  experiments: false,
  confirms: 'written',
};

interface Picture {
  readonly virtualService: VirtualService;
  /** Absent where each side has a host of its own. */
  readonly destinationRule?: DestinationRule;
}

/** What a VirtualService steers, and a DestinationRule where the subsets are in one. */
export function istioSteering(traffic: IstioTraffic): Steering<Picture> {
  const { virtualService: name, destinationRule, routes, service, sticky } = traffic;
  const meant: Meant = {
    what: `VirtualService ${name}`,
    at: 'traffic.istio',
    ...(routes === undefined ? {} : { rules: routes }),
    ...(service === undefined ? {} : { service }),
  };
  const bySubset = destinationRule !== undefined;
  const steer: Steer = { meant, bySubset, ...(sticky === undefined ? {} : { cookie: sticky.cookie }) };
  return {
    can: ISTIO_CAPABILITIES,
    objects: [
      { of: VIRTUAL_SERVICES, name },
      ...(destinationRule === undefined ? [] : [{ of: DESTINATION_RULES, name: destinationRule }]),
    ],
    servicePerSide: !bySubset,
    look: async (read) => {
      const virtualService = await needed(read, { of: VIRTUAL_SERVICES, name, at: meant.at });
      if (destinationRule === undefined) return { virtualService };
      const at = 'traffic.istio.destinationRule';
      const found = await needed(read, { of: DESTINATION_RULES, name: destinationRule, at });
      return { virtualService, destinationRule: found };
    },
    serviceIn: ({ virtualService }) => dividedService(foreignRoutes(virtualService).map(sendingOf), meant),
    recordIn: ({ virtualService }) => recordedRoute(virtualService),
    // A subset that is named before it is there answers with 503.
    steer: ({ virtualService: current, destinationRule: rule }, wanted) => [
      ...subsetWish(rule, (one) => withSubsets(one, wanted.hashes)),
      { of: VIRTUAL_SERVICES, current, wanted: steered(current, wanted, steer) },
    ],
    release: ({ virtualService: current, destinationRule: rule }, divided) => [
      { of: VIRTUAL_SERVICES, current, wanted: released(current, divided, leaveOf(steer, rule)) },
      ...subsetWish(rule, (one) => withoutSubsets(one, SIDES)),
    ],
    unconfirmed: ({ virtualService }) => unacceptedBecause(virtualService),
  };
}

function leaveOf(steer: Steer, rule: DestinationRule | undefined): Leave {
  const left = rule === undefined ? [] : (withoutSubsets(rule, SIDES).spec.subsets ?? []);
  return { ...steer, subsets: left.map(({ name }) => name) };
}

function subsetWish(
  current: DestinationRule | undefined,
  change: (rule: DestinationRule) => DestinationRule,
): readonly Wish[] {
  return current === undefined ? [] : [{ of: DESTINATION_RULES, current, wanted: change(current) }];
}

/** Only an Istio that is told to writes a status at all. */
function unacceptedBecause({ metadata, status }: VirtualService): string | undefined {
  const { observedGeneration, conditions = [] } = status ?? {};
  if (observedGeneration !== undefined && Number(observedGeneration) < (metadata.generation ?? 0)) {
    return 'Istio has not looked at it yet';
  }
  const refused = conditions.find(({ type, status: said }) => type === 'Reconciled' && said === 'False');
  return refused === undefined ? undefined : `not Reconciled: ${refused.message ?? 'no reason given'}`;
}
