import { digestOf } from '../base/canonical.ts';
import { DEFAULTS } from './defaults.ts';
import type { GatewayTraffic } from './model.ts';
import { field, readDuration, SHORT, tell, type Place } from './place.ts';
import type { RolloutSpec } from './schema/document.ts';

type WrittenGateway = NonNullable<NonNullable<RolloutSpec['traffic']>['gateway']>;

/** What the gateway takes as a cookie's name. */
const LONGEST_COOKIE = 64;

const HOST_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** `spec.traffic.gateway` with its defaults, for the Rollout of this name. */
export function resolveGateway(written: WrittenGateway, place: Place, rollout: string): GatewayTraffic {
  const { host, path, sticky, timeout } = written;
  return {
    kind: 'gateway',
    ...(host === undefined ? {} : { host: resolveHost(host, field(place, 'host')) }),
    path: path ?? DEFAULTS.gateway.path,
    ...(sticky === undefined ? {} : { sticky: { cookie: cookieName(sticky.cookie, rollout) } }),
    timeoutMs: readDuration(field(place, 'timeout'), timeout ?? DEFAULTS.gateway.timeout, SHORT),
  };
}

function resolveHost(written: string, place: Place): string {
  const host = written.toLowerCase();
  if (!host.startsWith('[') && !host.split('.').every((label) => HOST_LABEL.test(label))) {
    tell(place, `"${written}" is not a host name`, 'labels of letters, digits and hyphens, joined by dots');
  }
  return host;
}

/** A long name is shortened by its hash, so that two Rollouts never share a cookie. */
function cookieName(written: string, rollout: string): string {
  if (written !== 'auto') return written;
  const name = `coalmine-${rollout}`;
  if (name.length <= LONGEST_COOKIE) return name;
  const hash = digestOf(rollout).slice(0, 12);
  return `${name.slice(0, LONGEST_COOKIE - hash.length - 1)}-${hash}`;
}
