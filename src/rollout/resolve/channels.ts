import { DEFAULTS } from '../defaults.ts';
import type { ChannelSettings, RoomChannel } from '../model-notify.ts';
import { field, tell, type Place } from '../place.ts';
import type { RolloutSpec } from '../schema/document.ts';
import { refuseAddress, secretPlace } from './login.ts';
import { refuseUnknown } from './notice-text.ts';
import { resolveCredentials } from './outside.ts';

/** A listener as it is written. */
export type WrittenListener = NonNullable<RolloutSpec['notify']>[number];
type Of<Key extends keyof WrittenListener> = NonNullable<WrittenListener[Key]>;

const USUAL = DEFAULTS.notify;

/** By the key that each is written with; undefined for what is not whole, of which the structure tells. */
export const CHANNELS: {
  readonly [Key in Exclude<keyof WrittenListener, 'name' | 'on' | 'message' | 'link'>]-?: (
    written: Of<Key>,
    place: Place,
  ) => ChannelSettings | undefined;
} = {
  webhook: ({ url, urlFrom, format = USUAL.format, ...written }, place) => {
    if (url !== undefined) refuseAddress(url, field(place, 'url'));
    const kept = urlFrom && secretPlace(urlFrom);
    const where = url === undefined ? kept && { kept } : { plain: url };
    return where && { kind: 'webhook', url: where, format, ...resolveCredentials(written) };
  },
  slack: ({ webhook, token, channel, address }, place) => {
    const [hook, bot] = [webhook && secretPlace(webhook), token && secretPlace(token)];
    if (hook !== undefined) {
      refuseBeside({ channel, address }, place, 'goes with token; an incoming webhook has its channel');
      return { kind: 'slack', by: { webhook: hook } };
    }
    if (bot === undefined) return undefined;
    if (channel === undefined) {
      tell(place, 'a bot must be told where to write', 'add channel, as in channel: "#releases"');
      return undefined;
    }
    return {
      kind: 'slack',
      by: { token: bot, channel, address: addressIn(address, place, USUAL.slack) },
    };
  },
  teams: room('teams'),
  discord: room('discord'),
  googleChat: room('googleChat'),
  rocketChat: room('rocketChat'),
  pagerDuty: ({ routingKey, severity = USUAL.severity, address }, place) => {
    const key = secretPlace(routingKey);
    const where = addressIn(address, place, USUAL.pagerDuty);
    return key && { kind: 'pagerDuty', routingKey: key, severity, address: where };
  },
  opsgenie: ({ apiKey, priority = USUAL.priority, address }, place) => {
    const key = secretPlace(apiKey);
    return (
      key && { kind: 'opsgenie', apiKey: key, priority, address: addressIn(address, place, USUAL.opsgenie) }
    );
  },
  email: resolveEmail,
  github: ({ repository, token, ref, environment, address }, place) => {
    const key = secretPlace(token);
    refuseUnknown(ref, field(place, 'ref'));
    const where = addressIn(address, place, USUAL.github);
    return key && { kind: 'github', repository, token: key, ref, environment, address: where };
  },
};

function room(kind: RoomChannel['kind']) {
  return ({ webhook }: Of<'teams'>): ChannelSettings | undefined => {
    const place = secretPlace(webhook);
    return place && { kind, webhook: place };
  };
}

const MOST_PORT = 65_535;

function resolveEmail(written: Of<'email'>, place: Place): ChannelSettings | undefined {
  const { server, security = USUAL.security, user, password, from, to } = written;
  const colon = server.lastIndexOf(':');
  const [host, port] = [server.slice(0, colon).replace(/^\[|\]$/g, ''), Number(server.slice(colon + 1))];
  if (port < 1 || port > MOST_PORT)
    tell(field(place, 'server'), `${port} is no port`, 'most often 587, or 465 for tls');
  if ((user === undefined) !== (password === undefined))
    tell(place, 'a user and a password go together', 'write user and password');
  if (password !== undefined && security === 'none')
    tell(field(place, 'security'), 'a password would be sent for everybody to read', 'write startTls or tls');
  const secret = password && secretPlace(password);
  const login = user !== undefined && secret !== undefined ? { login: { user, password: secret } } : {};
  return { kind: 'email', host, port, security, ...login, from, to };
}

function addressIn(written: string | undefined, place: Place, usual: string): string {
  if (written === undefined) return usual;
  refuseAddress(written, field(place, 'address'));
  return written.replace(/\/+$/, '');
}

/** Tells of fields that mean nothing beside what is written. */
function refuseBeside(fields: Readonly<Record<string, unknown>>, place: Place, reason: string): void {
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined) tell(field(place, key), reason, 'leave it out');
}
