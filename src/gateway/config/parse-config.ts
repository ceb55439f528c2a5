import { isIP } from 'node:net';
import { Failure } from '../../base/failure.ts';
import type { JsonObject } from '../../base/json.ts';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { AnswerComparison } from '../../rollout/answer-comparison.ts';
import type { RevisionId, Track } from '../../rollout/model.ts';
import { RETRY_REASONS } from '../../rollout/traffic.ts';
import { integer, listOf, matching, objectAt, text, textAt, wrong } from './config-fields.ts';
import { parseMaintenance } from './parse-maintenance.ts';
import { parseExperiment } from './parse-experiment.ts';
import { parseMatch } from './parse-match.ts';
import { parsePaths, PATH_PREFIX } from './parse-paths.ts';
import {
  addressKey,
  routeKey,
  type AccessLogTarget,
  type CertificateFiles,
  type Endpoint,
  type GatewayConfig,
  type GatewayMirror,
  type GatewayPart,
  type GatewayRoute,
  type HostChallenge,
  type ListenAddress,
} from '../protocol.ts';

const HOST_NAME = /^(?!-)[a-z0-9.-]{1,253}$|^\[[0-9a-f:.]+\]$/;
const COOKIE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const TRACK = /^(stable|canary|baseline|preview|shadow|variant:.{1,64})$/;
const POINTER = /^\/[^\0]{0,511}$/;
const METHOD = /^[A-Z]{1,32}$/;
/** What a challenge is made of (RFC 8555 §8.3), and its answer, two of it with a dot. */
const TOKEN = /^[A-Za-z0-9_.-]{1,512}$/;
const FILE = /^\/[^\0]{1,4095}$/;
const MAX_TIMEOUT_MS = 24 * 3_600_000;

/** Checks a config that came from outside; throws Failure `usage`, naming the field. */
export function parseConfig(value: unknown): GatewayConfig {
  const config = objectAt(value, 'config');
  const parsed: GatewayConfig = {
    version: integer(config, 'version', { at: 'config', min: 1, max: Number.MAX_SAFE_INTEGER }),
    listen: listOf(config, 'listen', 'config').map((item, i) => parseAddress(item, `listen[${i}]`)),
    routes: listOf(config, 'routes', 'config').map((item, i) => parseRoute(item, `routes[${i}]`)),
  };
  const { challenges } = config;
  const withChallenges =
    challenges === undefined
      ? parsed
      : {
          ...parsed,
          challenges: listOf(config, 'challenges', 'config').map((item, i) =>
            parseChallenge(item, `challenges[${i}]`),
          ),
        };
  refuseRepeated(parsed.listen.map(addressKey), 'listening address');
  refuseRepeated(parsed.routes.map(routeKey), 'host and path');
  refuseRepeated(
    parsed.routes.map((route) => route.rollout),
    'Rollout',
  );
  return withChallenges;
}

function parseChallenge(value: unknown, at: string): HostChallenge {
  const challenge = objectAt(value, at);
  return {
    host: matching(challenge, 'host', { at, pattern: HOST_NAME }),
    token: matching(challenge, 'token', { at, pattern: TOKEN }),
    answer: matching(challenge, 'answer', { at, pattern: TOKEN }),
  };
}

function parseAddress(value: unknown, at: string): ListenAddress {
  const address = objectAt(value, at);
  const host = text(address, 'host', at);
  if (isIP(host) === 0) throw wrong(`${at}.host`, `${JSON.stringify(host)} is not an IP address`);
  const port = integer(address, 'port', { at, min: 0, max: 65_535 });
  return address['tls'] === true ? { host, port, tls: true } : { host, port };
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
  const mirrors =
    route['mirrors'] === undefined
      ? undefined
      : listOf(route, 'mirrors', at).map((item, i) => parseMirror(item, `${at}.mirrors[${i}]`));
  refuseRepeated(
    [...parts, ...(mirrors ?? [])].map(({ track }) => track),
    'track',
  );
  return {
    rollout: text(route, 'rollout', at),
    ...host,
    path: matching(route, 'path', { at, pattern: PATH_PREFIX }),
    ...parseTls(route, at),
    ...sticky,
    timeoutMs: integer(route, 'timeoutMs', { at, min: 1, max: MAX_TIMEOUT_MS }),
    ...(route['experiment'] === undefined ? {} : { experiment: parseExperiment(route, at) }),
    ...parseCare(route, at),
    ...parseNotes(route, at),
    ...parsePaths(route, at),
    ...parseMaintenance(route, at),
    parts,
    ...(mirrors === undefined ? {} : { mirrors }),
  };
}

function parseTls(route: JsonObject, at: string): Pick<GatewayRoute, 'tls' | 'withoutTls'> {
  const { tls, withoutTls } = route;
  if (withoutTls !== undefined && withoutTls !== 'redirect')
    throw wrong(`${at}.withoutTls`, 'must be redirect');
  return {
    ...(tls === undefined ? {} : { tls: parseFiles(tls, `${at}.tls`) }),
    ...(withoutTls === undefined ? {} : { withoutTls }),
  };
}

function parseFiles(value: unknown, at: string): CertificateFiles {
  const files = objectAt(value, at);
  const pathOf = (key: string): string => matching(files, key, { at, pattern: FILE });
  return { certificate: pathOf('certificate'), key: pathOf('key') };
}

/** What is done about failures. */
function parseCare(route: JsonObject, at: string): Pick<GatewayRoute, 'retries' | 'eject' | 'maxRequests'> {
  const { retries, eject } = route;
  return {
    ...(retries === undefined ? {} : { retries: parseRetries(retries, `${at}.retries`) }),
    ...(eject === undefined ? {} : { eject: parseEject(eject, `${at}.eject`) }),
    ...(route['maxRequests'] === undefined
      ? {}
      : { maxRequests: integer(route, 'maxRequests', { at, min: 1, max: 1_000_000 }) }),
  };
}

/** What is written down about requests. */
function parseNotes(route: JsonObject, at: string): Pick<GatewayRoute, 'tracing' | 'accessLog'> {
  const { tracing, accessLog } = route;
  return {
    ...(tracing === undefined ? {} : { tracing: parseTracing(tracing, `${at}.tracing`) }),
    ...(accessLog === undefined ? {} : { accessLog: parseAccessLog(accessLog, `${at}.accessLog`) }),
  };
}

function parseTracing(value: unknown, at: string): NonNullable<GatewayRoute['tracing']> {
  return { sample: integer(objectAt(value, at), 'sample', { at, min: 0, max: FULL_SHARE }) as Share };
}

function parseAccessLog(value: unknown, at: string): AccessLogTarget {
  const target = objectAt(value, at);
  if (target['path'] === undefined) return {};
  return {
    path: matching(target, 'path', { at, pattern: FILE }),
    maxBytes: integer(target, 'maxBytes', { at, min: 1, max: Number.MAX_SAFE_INTEGER }),
    keep: integer(target, 'keep', { at, min: 1, max: 1_000 }),
  };
}

function parseRetries(value: unknown, at: string): NonNullable<GatewayRoute['retries']> {
  const retries = objectAt(value, at);
  const on = listOf(retries, 'on', at);
  return {
    attempts: integer(retries, 'attempts', { at, min: 1, max: 100 }),
    on: RETRY_REASONS.filter((reason) => on.includes(reason)),
  };
}

function parseEject(value: unknown, at: string): NonNullable<GatewayRoute['eject']> {
  const eject = objectAt(value, at);
  return {
    after: integer(eject, 'after', { at, min: 1, max: 1_000 }),
    forMs: integer(eject, 'forMs', { at, min: 1, max: MAX_TIMEOUT_MS }),
  };
}

function parseSticky(value: unknown, at: string): { cookie: string } {
  return { cookie: matching(objectAt(value, at), 'cookie', { at, pattern: COOKIE_NAME }) };
}

function parsePart(value: unknown, at: string): GatewayPart {
  const part = objectAt(value, at);
  const halves = part['halves'] === undefined ? {} : { halves: parseHalves(part['halves'], `${at}.halves`) };
  return {
    track: matching(part, 'track', { at, pattern: TRACK }) as Track,
    revision: text(part, 'revision', at) as RevisionId,
    weight: integer(part, 'weight', { at, min: 0, max: FULL_SHARE }) as Share,
    ...(part['match'] === undefined ? {} : { match: parseMatch(part, at) }),
    endpoints: parseEndpoints(part, at),
    ...halves,
  };
}

function parseMirror(value: unknown, at: string): GatewayMirror {
  const mirror = objectAt(value, at);
  return {
    track: matching(mirror, 'track', { at, pattern: TRACK }) as Track,
    revision: text(mirror, 'revision', at) as RevisionId,
    share: integer(mirror, 'share', { at, min: 1, max: FULL_SHARE }) as Share,
    methods: listOf(mirror, 'methods', at).map((item, i) => textAt(item, `${at}.methods[${i}]`, METHOD)),
    ...(mirror['compare'] === undefined
      ? {}
      : { compare: parseComparison(mirror['compare'], `${at}.compare`) }),
    endpoints: parseEndpoints(mirror, at),
  };
}

function parseComparison(value: unknown, at: string): AnswerComparison {
  const { status, headers, body } = objectAt(value, at);
  const alike = { status: status === true, headers: headers === true };
  if (body === undefined) return alike;
  const ignore = listOf(objectAt(body, `${at}.body`), 'ignore', `${at}.body`);
  return {
    ...alike,
    body: { ignore: ignore.map((item, i) => textAt(item, `${at}.body.ignore[${i}]`, POINTER)) },
  };
}

function parseHalves(value: unknown, at: string): { salt: string } {
  return { salt: text(objectAt(value, at), 'salt', at) };
}

function parseEndpoints(object: JsonObject, at: string): readonly Endpoint[] {
  return listOf(object, 'endpoints', at).map((item, i) => parseEndpoint(item, `${at}.endpoints[${i}]`));
}

function parseEndpoint(value: unknown, at: string): Endpoint {
  const endpoint = objectAt(value, at);
  return {
    id: text(endpoint, 'id', at),
    host: text(endpoint, 'host', at),
    port: integer(endpoint, 'port', { at, min: 1, max: 65_535 }),
  };
}

function refuseRepeated(names: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new Failure('conflict', `gateway config: two entries have the same ${what}: ${name}`);
    seen.add(name);
  }
}
