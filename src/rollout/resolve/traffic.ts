import { digestOf } from '../../base/canonical.ts';
import { DEFAULTS } from '../defaults.ts';
import { parseMemorySize } from '../memory-size.ts';
import { RETRY_REASONS, type AcmeAuthority, type GatewayTraffic, type RetryReason } from '../traffic.ts';
import { field, readDuration, readShare, SHORT, tell, type Place } from '../place.ts';
import { resolveRoutes } from './routes.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenGateway = NonNullable<NonNullable<RolloutSpec['traffic']>['gateway']>;
type Written<Key extends keyof WrittenGateway> = NonNullable<WrittenGateway[Key]>;
type Resolved<Key extends keyof GatewayTraffic> = NonNullable<GatewayTraffic[Key]>;

/** What the gateway takes as a cookie's name. */
const LONGEST_COOKIE = 64;

/** Below that a busy gateway would do little but rename files. */
const LEAST_LOG_BYTES = 64 * 1024;

const IP_ADDRESS = /^\[|^[\d.]+$/;
const HOST_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** `spec.traffic.gateway` with its defaults, for the Rollout of this name. */
export function resolveGateway(written: WrittenGateway, place: Place, rollout: string): GatewayTraffic {
  const { host, path, sticky, timeout } = written;
  return {
    kind: 'gateway',
    ...(host === undefined ? {} : { host: resolveHost(host, field(place, 'host')) }),
    path: path ?? DEFAULTS.gateway.path,
    ...resolveTls(written, place),
    ...(sticky === undefined ? {} : { sticky: { cookie: cookieName(sticky.cookie, rollout) } }),
    timeoutMs: readDuration(field(place, 'timeout'), timeout ?? DEFAULTS.gateway.timeout, SHORT),
    ...resolveCare(written, place),
    ...resolveNotes(written, place),
    ...resolveRoutes(written, place),
  };
}

function resolveTls(
  { host, tls, withoutTls }: WrittenGateway,
  place: Place,
): Pick<GatewayTraffic, 'tls' | 'acme' | 'withoutTls'> {
  if (tls === undefined) {
    if (withoutTls !== undefined)
      tell(
        field(place, 'withoutTls'),
        'everything comes without TLS, and there is none',
        'add tls, or leave it out',
      );
    return {};
  }
  const isRedirected = (withoutTls ?? DEFAULTS.gateway.withoutTls) === 'redirect';
  return {
    ...(tls.files === undefined ? {} : { tls: tls.files }),
    ...(tls.acme === undefined
      ? {}
      : { acme: resolveAcme(tls.acme, host, field(field(place, 'tls'), 'acme')) }),
    ...(isRedirected ? { withoutTls: 'redirect' } : {}),
  };
}

function resolveAcme(
  { email, directory, ca }: NonNullable<Written<'tls'>['acme']>,
  host: string | undefined,
  place: Place,
): AcmeAuthority {
  if (host === undefined)
    tell(place, 'an authority makes certificates for a host, and there is none', 'add traffic.gateway.host');
  else if (IP_ADDRESS.test(host))
    tell(place, `an authority looks up ${host} as a name, and it is an address`, 'use tls.files');
  return {
    email,
    directory: directory ?? DEFAULTS.gateway.acme.directory,
    ...(ca === undefined ? {} : { ca }),
  };
}

/** What is done about failures. */
function resolveCare(
  { retries, eject, maxRequests }: WrittenGateway,
  place: Place,
): Pick<GatewayTraffic, 'retries' | 'eject' | 'maxRequests'> {
  return {
    ...(retries === undefined ? {} : { retries: resolveRetries(retries) }),
    ...(eject === undefined ? {} : { eject: resolveEjection(eject, field(place, 'eject')) }),
    ...(maxRequests === undefined ? {} : { maxRequests }),
  };
}

/** What is written down about requests. */
function resolveNotes(
  { tracing, accessLog }: WrittenGateway,
  place: Place,
): Pick<GatewayTraffic, 'tracing' | 'accessLog'> {
  const sampled = field(field(place, 'tracing'), 'sample');
  return {
    ...(tracing === undefined
      ? {}
      : { tracing: { sample: readShare(sampled, tracing.sample ?? DEFAULTS.gateway.tracing.sample) } }),
    ...(accessLog === undefined ? {} : { accessLog: resolveAccessLog(accessLog, field(place, 'accessLog')) }),
  };
}

function resolveAccessLog({ file }: Written<'accessLog'>, place: Place): Resolved<'accessLog'> {
  if (file === undefined) return {};
  const defaults = DEFAULTS.gateway.accessLog;
  const size = file.maxSize ?? defaults.maxSize;
  const maxBytes = parseMemorySize(size) ?? Infinity;
  const at = field(field(place, 'file'), 'maxSize');
  if (maxBytes < LEAST_LOG_BYTES) tell(at, `${size} is too little`, 'at least 64Ki');
  if (maxBytes === Infinity) tell(at, `${size} is too much`);
  return { path: file.path, maxBytes, keep: file.keep ?? defaults.keep };
}

function resolveRetries({ attempts, on }: Written<'retries'>): Resolved<'retries'> {
  const reasons: readonly RetryReason[] = on ?? DEFAULTS.gateway.retries.on;
  return { attempts, on: RETRY_REASONS.filter((reason) => reasons.includes(reason)) };
}

function resolveEjection(written: Written<'eject'>, place: Place): Resolved<'eject'> {
  const defaults = DEFAULTS.gateway.eject;
  return {
    after: written.after ?? defaults.after,
    forMs: readDuration(field(place, 'for'), written.for ?? defaults.for, SHORT),
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
export function cookieName(written: string, rollout: string): string {
  if (written !== 'auto') return written;
  const name = `coalmine-${rollout}`;
  if (name.length <= LONGEST_COOKIE) return name;
  const hash = digestOf(rollout).slice(0, 12);
  return `${name.slice(0, LONGEST_COOKIE - hash.length - 1)}-${hash}`;
}
