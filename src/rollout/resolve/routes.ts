import { DEFAULTS } from '../defaults.ts';
import type { GatewayTraffic, Origin, PathRoute, PathTarget } from '../traffic.ts';
import { itemPath } from '../path.ts';
import { field, readShare, tell, type Place } from '../place.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenGateway = NonNullable<NonNullable<RolloutSpec['traffic']>['gateway']>;
type WrittenRoute = NonNullable<WrittenGateway['routes']>[number];

/** Of IPv4, as URLs have it, or of IPv6. */
const ADDRESS = /^\[|^[\d.]+$/;

/** `spec.traffic.gateway.routes`: who answers which paths. */
export function resolveRoutes(
  { routes, legacyHost, path = DEFAULTS.gateway.path }: WrittenGateway,
  place: Place,
): Pick<GatewayTraffic, 'routes' | 'legacyHost'> {
  const at = field(place, 'legacyHost');
  if (routes === undefined) {
    if (legacyHost !== undefined) tell(at, 'there is no old system', 'add routes, or leave it out');
    return {};
  }
  const list = field(place, 'routes');
  const resolved = routes.map((route, i): PathRoute => {
    const one = { path: itemPath(list.path, i), report: list.report };
    return { path: route.path, to: targetOf(route.to, field(one, 'to')) };
  });
  refuseUnreached(resolved, path, list);
  return { routes: resolved, ...(legacyHost === 'own' ? { legacyHost } : {}) };
}

function targetOf(to: WrittenRoute['to'], place: Place): PathTarget {
  const { legacy, split, shadow, newWithFallback } = to;
  const below = (key: string): Place => field(field(place, key), 'legacy');
  if (legacy !== undefined) return { kind: 'legacy', legacy: readOrigin(legacy, field(place, 'legacy')) };
  if (split !== undefined) {
    const share = readShare(field(field(place, 'split'), 'new'), split.new);
    return { kind: 'split', legacy: readOrigin(split.legacy, below('split')), share };
  }
  if (shadow !== undefined) {
    const share = readShare(
      field(field(place, 'shadow'), 'share'),
      shadow.share ?? DEFAULTS.gateway.shadow.share,
    );
    return { kind: 'shadow', legacy: readOrigin(shadow.legacy, below('shadow')), share };
  }
  if (newWithFallback !== undefined)
    return { kind: 'newWithFallback', legacy: readOrigin(newWithFallback.legacy, below('newWithFallback')) };
  return { kind: 'new' };
}

function readOrigin(written: string, place: Place): Origin {
  if (!URL.canParse(written)) {
    tell(place, `"${written}" is not a URL`, 'as in http://10.0.0.7:8080');
    return { host: 'localhost', port: 1 };
  }
  const url = new URL(written);
  refuseUnfit(url, place);
  const isTls = url.protocol === 'https:';
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    ...(isTls ? { tls: true as const } : {}),
  };
}

/** Paths go on as they came, so the URL of an old system has none of its own. */
function refuseUnfit(url: URL, place: Place): void {
  const { protocol, hostname, port, pathname, search, hash, username, password } = url;
  if (`${username}${password}` !== '') tell(place, 'a URL with a user or password is not taken');
  else if (`${pathname}${search}${hash}` !== '/')
    tell(place, `it has a path of its own, ${pathname}`, 'requests go on with the path they came with');
  else if (port === '0') tell(place, 'nobody listens at port 0');
  else if (protocol === 'https:' && ADDRESS.test(hostname))
    tell(place, 'a certificate is for a name, and this is an address', 'write the name of the server');
}

/** What is written and can never count is a mistake: a path that an earlier one takes, or that never comes here. */
function refuseUnreached(routes: readonly PathRoute[], whole: string, list: Place): void {
  routes.forEach(({ path }, i) => {
    const at: Place = { path: `${itemPath(list.path, i)}.path`, report: list.report };
    const before = routes.slice(0, i).find((earlier) => covers(earlier.path, path));
    if (!covers(whole, path)) tell(at, `${path} never comes here`, `traffic.gateway.path is ${whole}`);
    else if (before !== undefined)
      tell(
        at,
        `${path} is never reached: ${before.path}, above it, takes its requests`,
        before.path === path ? 'leave one of them out' : 'the first route that fits counts: put it above',
      );
  });
}

function covers(prefix: string, path: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}
