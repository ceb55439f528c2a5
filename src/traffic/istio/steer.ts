import type { Json } from '../../base/json.ts';
import type { Share } from '../../base/share.ts';
import { armsOf, sideOfTrack, SIDES, stayingArms, type Arm, type Side } from '../cluster/division.ts';
import { isSteered, type Meant, type Sending } from '../cluster/divided.ts';
import { originalOf } from '../cluster/original.ts';
import { annotated, recordedRoute, withRecord } from '../cluster/record.ts';
import { serviceOf } from '../cluster/services.ts';
import type { Wanted } from '../cluster/steering.ts';
import { weightsOf } from '../cluster/weights.ts';
import { requestMatchOf } from './matches.ts';
import type { Destination, HttpRoute, RequestMatch, VirtualService, Weighted } from './objects.ts';

/** How a VirtualService is steered. */
export interface Steer {
  readonly meant: Meant;
  /** True: by subsets of one host; else by a host for each side. */
  readonly bySubset: boolean;
  readonly cookie?: string;
}

/** The routes that we add carry this in their names. */
const OURS = 'coalmine-';

/** The Services that a route sends to, by their short names. */
export function sendingOf({ name, route = [] }: HttpRoute): Sending {
  return { name, to: route.map(({ destination }) => shortName(destination.host)) };
}

function shortName(host: string): string {
  return host.split('.', 1)[0] ?? host;
}

/** The routes that are not ours. */
export function foreignRoutes({ spec }: VirtualService): readonly HttpRoute[] {
  return (spec.http ?? []).filter(({ name }) => name?.startsWith(OURS) !== true);
}

/** The VirtualService as it should be: of the steered routes nothing but their destinations, and routes of ours before them. */
export function steered(current: VirtualService, wanted: Wanted, steer: Steer): VirtualService {
  const { route, service } = wanted;
  const name = service.metadata.name;
  const arms = withStaying(armsOf(route), steer);
  const original: Record<string, Json> = { ...originalOf(current) };
  // A subset may be the user's own.
  const isNew = steer.bySubset && recordedRoute(current) === undefined;
  const http = foreignRoutes(current).flatMap((one, place) => {
    if (!isSteered(sendingOf(one), name, steer.meant)) return [one];
    const key = one.name ?? String(place);
    const isTheirs = isWrittenAnew(one, name, steer) || (isNew && original[key] === undefined);
    if (isTheirs) original[key] = (one.route ?? []) as unknown as Json;
    return routesFor({ one, key, service: name }, arms, steer);
  });
  return withRecord(
    annotated({ ...current, spec: { ...current.spec, http } }, { original: JSON.stringify(original) }),
    route,
  );
}

/** Whoever wrote the Service itself there, without a subset, has written the route anew. */
function isWrittenAnew({ route = [] }: HttpRoute, service: string, { bySubset }: Steer): boolean {
  return route.some(
    ({ destination: { host, subset } }) => shortName(host) === service && !(bySubset && subset !== undefined),
  );
}

/** How a VirtualService is left. */
export interface Leave extends Steer {
  /** The subsets that there are once ours are gone. */
  readonly subsets: readonly string[];
}

/** The VirtualService as it was; where that led to a subset of ours, to the Service. */
export function released(current: VirtualService, service: string, steer: Leave): VirtualService {
  const original = originalOf(current);
  const http = foreignRoutes(current).map((one, place) => {
    if (!isSteered(sendingOf(one), service, steer.meant) || isWrittenAnew(one, service, steer)) return one;
    const before = original[one.name ?? String(place)] as unknown as HttpRoute['route'];
    const [template] = one.route ?? [];
    const plain = template === undefined ? [] : [plainly(template, service)];
    return { ...one, route: before?.every((to) => staysThere(to, steer)) === true ? before : plain };
  });
  const spec = { ...current.spec, http };
  return annotated({ ...current, spec }, { original: undefined, route: undefined });
}

function staysThere({ destination: { subset } }: Weighted, { subsets }: Leave): boolean {
  return !SIDES.some((side) => side === subset) || subsets.some((one) => one === subset);
}

function plainly(
  { destination, headers: _headers, weight: _weight, ...rest }: Weighted,
  service: string,
): Weighted {
  const { subset: _, ...where } = destination;
  return { ...rest, destination: { ...where, host: service } };
}

/** Those who were sent to a side before stay there, after what matches decide. */
function withStaying(arms: readonly Arm[], { cookie }: Steer): readonly Arm[] {
  const base = arms.at(-1);
  if (cookie === undefined || base === undefined) return arms;
  const matched = arms.filter(({ match }) => match !== undefined);
  const others = arms.filter(({ match }) => match === undefined);
  return [...matched, ...stayingArms(base, cookie), ...others];
}

interface Steered {
  readonly one: HttpRoute;
  readonly key: string;
  readonly service: string;
}

/** The routes in the place of one: those for the arms before the last, and the route itself. */
function routesFor(steered: Steered, arms: readonly Arm[], steer: Steer): readonly HttpRoute[] {
  const { one, key } = steered;
  const base = arms.at(-1);
  if (base === undefined) return [one];
  const added = arms.slice(0, -1).flatMap((arm, i) => {
    const match = matchesOf(one.match ?? [{}], arm);
    if (match.length === 0) return [];
    const name = `${OURS}${key}-${i}`;
    return [
      { ...one, name, match, route: destinationsOf(steered, arm, steer), ...copiesOf(steered, arm, steer) },
    ];
  });
  return [...added, { ...one, route: destinationsOf(steered, base, steer) }];
}

function matchesOf(own: readonly RequestMatch[], { match, methods = [] }: Arm): readonly RequestMatch[] {
  const items = match ?? methods.map((method) => ({ method }));
  return items.flatMap((item) => own.flatMap((one) => requestMatchOf(one, item) ?? []));
}

function destinationsOf(
  { one, service }: Steered,
  { targets, match }: Arm,
  steer: Steer,
): readonly Weighted[] {
  const template: Weighted = withoutCookie(one.route?.[0] ?? { destination: { host: service } }, steer);
  const weights = weightsOf(targets.map(({ weight }) => weight));
  const isDrawn = match === undefined && targets.length > 1;
  return targets.map(({ side, revision }, i) => {
    const destination = destinationOf(template.destination, { side, service }, steer);
    const weighted = { ...template, destination, weight: weights[i] ?? 0 };
    return isDrawn ? withCookie(weighted, revision, steer) : weighted;
  });
}

function destinationOf(
  template: Destination,
  { side, service }: { readonly side: Side; readonly service: string },
  { bySubset }: Steer,
): Destination {
  const { subset: _, ...where } = template;
  if (bySubset) return { ...where, subset: side };
  // What stands behind the first dot is the namespace and the domain.
  const rest = where.host.slice(shortName(where.host).length);
  return { ...where, host: `${serviceOf(service, side)}${rest}` };
}

const SET_COOKIE = 'Set-Cookie';

/** Who is drawn for a side is told so, and comes back with it. */
function withCookie(weighted: Weighted, revision: string, { cookie }: Steer): Weighted {
  if (cookie === undefined) return weighted;
  const { headers } = weighted;
  const add = {
    ...headers?.response?.add,
    [SET_COOKIE]: `${cookie}=${revision}; Path=/; HttpOnly; SameSite=Lax`,
  };
  return { ...weighted, headers: { ...headers, response: { ...headers?.response, add } } };
}

function withoutCookie(weighted: Weighted, { cookie }: Steer): Weighted {
  const set = weighted.headers?.response?.add?.[SET_COOKIE];
  if (cookie === undefined || set?.startsWith(`${cookie}=`) !== true) return weighted;
  return withoutSetCookie(weighted);
}

function withoutSetCookie({ headers = {}, ...rest }: Weighted): Weighted {
  const { response = {}, ...others } = headers;
  const { [SET_COOKIE]: _, ...add } = response.add ?? {};
  const left = without({ ...others, response: without({ ...response, add }) });
  return { ...rest, ...(Object.keys(left).length === 0 ? {} : { headers: left }) };
}

/** The object without objects that say nothing. */
function without<T extends object>(object: T): Partial<T> {
  const entries = Object.entries(object).filter(([, value]) => Object.keys(value as object).length > 0);
  return Object.fromEntries(entries) as Partial<T>;
}

const PER_PERCENT = 1_000;

function copiesOf(
  { one, service }: Steered,
  { copies }: Arm,
  steer: Steer,
): Pick<HttpRoute, 'mirror' | 'mirrorPercentage'> {
  const [copied] = copies;
  const template = one.route?.[0]?.destination;
  if (copied === undefined || template === undefined) return {};
  const { side, share } = copied;
  return {
    mirror: destinationOf(template, { side, service }, steer),
    mirrorPercentage: { value: percentOf(share) },
  };
}

function percentOf(share: Share): number {
  return share / PER_PERCENT;
}

/** The sides that a route needs subsets for. */
export function sidesIn({ route: { parts, mirrors = [] } }: Wanted): readonly Side[] {
  return [...new Set([...parts, ...mirrors].map(({ track }) => sideOfTrack(track)))];
}
