import type { RouterCapabilities } from '../../controller/ports.ts';
import type { ServiceTraffic } from '../../rollout/cluster-traffic.ts';
import { needed } from '../cluster/missing.ts';
import { pinned, unpinned } from '../cluster/pinning.ts';
import { recordedRoute, withRecord } from '../cluster/record.ts';
import { SERVICES, type Service } from '../cluster/services.ts';
import type { Steering } from '../cluster/steering.ts';

/** What a plain Service can do: send all requests to one version, or divide them evenly among the pods of all. */
export const SERVICE_CAPABILITIES: RouterCapabilities = {
  name: 'a plain Service',
  granularity: 1,
  sticky: false,
  mirror: false,
  matches: false,
  experiments: false,
  byReplicas: true,
  confirms: 'written',
};

/** What a plain Service steers: which version's pods it selects. */
export function serviceSteering({ name }: ServiceTraffic): Steering<Service> {
  return {
    can: SERVICE_CAPABILITIES,
    objects: [{ of: SERVICES, name }],
    // By these each version can be reached by itself.
    servicePerSide: true,
    look: (read) => needed(read, { of: SERVICES, name, at: 'traffic.service' }),
    serviceIn: () => name,
    recordIn: recordedRoute,
    steer: (current, wanted) => [
      { of: SERVICES, current, wanted: withRecord(pinned(current, wanted), wanted.route) },
    ],
    release: (current) => [{ of: SERVICES, current, wanted: unpinned(current) }],
    unconfirmed: () => undefined,
  };
}
