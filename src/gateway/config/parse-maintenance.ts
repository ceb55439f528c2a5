import type { JsonObject } from '../../base/json.ts';
import type { Maintenance } from '../../engine/maintenance.ts';
import { integer, matching, objectAt, wrong } from './config-fields.ts';
import type { GatewayRoute } from '../protocol.ts';

const MAX_MS = 24 * 3_600_000;
const MAX_PAGE = 256 * 1024;
const MAX_MESSAGE = 4_096;

/** How a route is closed to its users. */
export function parseMaintenance(route: JsonObject, at: string): Pick<GatewayRoute, 'maintenance'> {
  if (route['maintenance'] === undefined) return {};
  const place = `${at}.maintenance`;
  const written = objectAt(route['maintenance'], place);
  const bounded = (key: string, min: number): number =>
    integer(written, key, { at: place, min, max: MAX_MS });
  const message = textOf(written['message'], `${place}.message`, MAX_MESSAGE);
  const page = textOf(written['page'], `${place}.page`, MAX_PAGE);
  return {
    maintenance: {
      since: integer(written, 'since', { at: place, min: 0, max: Number.MAX_SAFE_INTEGER }),
      ...(message === undefined ? {} : { message }),
      ...(page === undefined ? {} : { page }),
      retryAfterMs: bounded('retryAfterMs', 0),
      ...(written['holdMs'] === undefined ? {} : { holdMs: bounded('holdMs', 1) }),
      ...allowOf(written['allow'], `${place}.allow`),
    },
  };
}

function textOf(value: unknown, at: string, longest: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length <= longest) return value;
  throw wrong(at, `must be a text of at most ${longest} characters`);
}

function allowOf(value: unknown, at: string): Pick<Maintenance, 'allow'> {
  if (value === undefined) return {};
  const allow = objectAt(value, at);
  return {
    allow: {
      header: matching(allow, 'header', { at, pattern: /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/ }),
      digest: matching(allow, 'digest', { at, pattern: /^[\w-]{43}$/ }),
    },
  };
}
