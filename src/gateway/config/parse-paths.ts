import { isIP } from 'node:net';
import type { JsonObject } from '../../base/json.ts';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { Origin, PathRoute, PathTarget } from '../../rollout/traffic.ts';
import { integer, listOf, matching, objectAt, wrong } from './config-fields.ts';
import type { GatewayRoute } from '../protocol.ts';

/** A prefix of whole segments. */
export const PATH_PREFIX = /^\/$|^(\/[^/?#\s]+)+$/;

const NAME = /^[A-Za-z0-9_.-]{1,253}$/;

/** Who answers which paths of a route. */
export function parsePaths(route: JsonObject, at: string): Pick<GatewayRoute, 'paths' | 'legacyHost'> {
  const { legacyHost } = route;
  if (legacyHost !== undefined && legacyHost !== 'own') throw wrong(`${at}.legacyHost`, 'must be own');
  return {
    ...(route['paths'] === undefined
      ? {}
      : { paths: listOf(route, 'paths', at).map((item, i) => parsePath(item, `${at}.paths[${i}]`)) }),
    ...(legacyHost === undefined ? {} : { legacyHost }),
  };
}

function parsePath(value: unknown, at: string): PathRoute {
  const path = objectAt(value, at);
  return {
    path: matching(path, 'path', { at, pattern: PATH_PREFIX }),
    to: parseTarget(objectAt(path['to'], `${at}.to`), `${at}.to`),
  };
}

function parseTarget(to: JsonObject, at: string): PathTarget {
  const kind = typeof to['kind'] === 'string' ? to['kind'] : '';
  if (kind === 'new') return { kind };
  const legacy = parseOrigin(to['legacy'], `${at}.legacy`);
  switch (kind) {
    case 'legacy':
    case 'newWithFallback':
      return { kind, legacy };
    case 'split':
    case 'shadow':
      return { kind, legacy, share: integer(to, 'share', { at, min: 0, max: FULL_SHARE }) as Share };
    default:
      throw wrong(`${at}.kind`, 'is none that there is');
  }
}

function parseOrigin(value: unknown, at: string): Origin {
  const origin = objectAt(value, at);
  const { host } = origin;
  if (typeof host !== 'string' || (isIP(host) === 0 && !NAME.test(host)))
    throw wrong(`${at}.host`, `${JSON.stringify(host)} is no name of a host and no address`);
  return {
    host,
    port: integer(origin, 'port', { at, min: 1, max: 65_535 }),
    ...(origin['tls'] === true ? { tls: true as const } : {}),
  };
}
