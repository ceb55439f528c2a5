import { isIP } from 'node:net';
import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { FULL_SHARE, type Share } from '../base/share.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import {
  addressKey,
  routeKey,
  type Endpoint,
  type GatewayConfig,
  type GatewayPart,
  type GatewayRoute,
  type ListenAddress,
} from './protocol.ts';

const HOST_NAME = /^(?!-)[a-z0-9.-]{1,253}$|^\[[0-9a-f:.]+\]$/;
const COOKIE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const PATH = /^\/$|^(\/[^/?#\s]+)+$/;
const TRACK = /^(stable|canary|baseline|preview|shadow|variant:.{1,64})$/;
const MAX_TIMEOUT_MS = 24 * 3_600_000;

/** Checks a config that came from outside; throws Failure `usage`, naming the field. */
export function parseConfig(value: unknown): GatewayConfig {
  const config = objectAt(value, 'config');
  const parsed: GatewayConfig = {
    version: integer(config, 'version', { at: 'config', min: 1, max: Number.MAX_SAFE_INTEGER }),
    listen: listOf(config, 'listen', 'config').map((item, i) => parseAddress(item, `listen[${i}]`)),
    routes: listOf(config, 'routes', 'config').map((item, i) => parseRoute(item, `routes[${i}]`)),
  };
  refuseRepeated(parsed.listen.map(addressKey), 'listening address');
  refuseRepeated(parsed.routes.map(routeKey), 'host and path');
  refuseRepeated(
    parsed.routes.map((route) => route.rollout),
    'Rollout',
  );
  return parsed;
}

function parseAddress(value: unknown, at: string): ListenAddress {
  const address = objectAt(value, at);
  const host = text(address, 'host', at);
  if (isIP(host) === 0) throw wrong(`${at}.host`, `${JSON.stringify(host)} is not an IP address`);
  return { host, port: integer(address, 'port', { at, min: 0, max: 65_535 }) };
}

function parseRoute(value: unknown, at: string): GatewayRoute {
  const route = objectAt(value, at);
  const host =
    route['host'] === undefined ? {} : { host: matching(route, 'host', { at, pattern: HOST_NAME }) };
  const sticky =
    route['sticky'] === undefined ? {} : { sticky: parseSticky(route['sticky'], `${at}.sticky`) };
  const parts = listOf(route, 'parts', at).map((item, i) => parsePart(item, `${at}.parts[${i}]`));
  const sum = parts.reduce((total, part) => total + part.weight, 0);
  if (parts.length > 0 && sum !== FULL_SHARE)
    throw wrong(`${at}.parts`, `weights add up to ${sum}, not ${FULL_SHARE}`);
  refuseRepeated(
    parts.map((part) => part.track),
    'track',
  );
  return {
    rollout: text(route, 'rollout', at),
    ...host,
    path: matching(route, 'path', { at, pattern: PATH }),
    ...sticky,
    timeoutMs: integer(route, 'timeoutMs', { at, min: 1, max: MAX_TIMEOUT_MS }),
    parts,
  };
}

function parseSticky(value: unknown, at: string): { cookie: string } {
  return { cookie: matching(objectAt(value, at), 'cookie', { at, pattern: COOKIE_NAME }) };
}

function parsePart(value: unknown, at: string): GatewayPart {
  const part = objectAt(value, at);
  return {
    track: matching(part, 'track', { at, pattern: TRACK }) as Track,
    revision: text(part, 'revision', at) as RevisionId,
    weight: integer(part, 'weight', { at, min: 0, max: FULL_SHARE }) as Share,
    endpoints: listOf(part, 'endpoints', at).map((item, i) => parseEndpoint(item, `${at}.endpoints[${i}]`)),
  };
}

function parseEndpoint(value: unknown, at: string): Endpoint {
  const endpoint = objectAt(value, at);
  return {
    id: text(endpoint, 'id', at),
    host: text(endpoint, 'host', at),
    port: integer(endpoint, 'port', { at, min: 1, max: 65_535 }),
  };
}

function objectAt(value: unknown, at: string): JsonObject {
  if (!isJsonObject(value)) throw wrong(at, 'must be an object');
  return value;
}

function listOf(object: JsonObject, key: string, at: string): readonly unknown[] {
  const value = object[key];
  if (!Array.isArray(value)) throw wrong(`${at}.${key}`, 'must be a list');
  return value;
}

function text(object: JsonObject, key: string, at: string): string {
  return matching(object, key, { at, pattern: /^[^\0]{1,512}$/ });
}

function matching(object: JsonObject, key: string, rule: { at: string; pattern: RegExp }): string {
  const value = object[key];
  if (typeof value !== 'string' || !rule.pattern.test(value)) {
    throw wrong(
      `${rule.at}.${key}`,
      `${value === undefined ? 'nothing' : JSON.stringify(value)} does not match ${rule.pattern.source}`,
    );
  }
  return value;
}

function integer(object: JsonObject, key: string, rule: { at: string; min: number; max: number }): number {
  const value = object[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < rule.min || value > rule.max) {
    throw wrong(`${rule.at}.${key}`, `must be a whole number from ${rule.min} to ${rule.max}`);
  }
  return value;
}

function refuseRepeated(names: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new Failure('conflict', `gateway config: two entries have the same ${what}: ${name}`);
    seen.add(name);
  }
}

function wrong(at: string, reason: string): Failure {
  return new Failure('usage', `gateway config: ${at} ${reason}`);
}
