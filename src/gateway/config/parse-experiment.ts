import type { JsonObject } from '../../base/json.ts';
import type { Conversion, Harm, Unit } from '../../rollout/experiment.ts';
import { integer, matching, objectAt, text, wrong } from './config-fields.ts';
import type { GatewayExperiment } from '../protocol.ts';

const METHOD = /^[A-Z-]{1,32}$/;
const COOKIE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const LONGEST_MS = 86_400_000;
const PATH = /^\/[^?#\s]*$/;

/** Checks the experiment of a route. */
export function parseExperiment(route: JsonObject, routeAt: string): GatewayExperiment {
  const at = `${routeAt}.experiment`;
  const experiment = objectAt(route['experiment'], at);
  return {
    id: text(experiment, 'id', at),
    unit: parseUnit(experiment, `${at}.unit`),
    ...(experiment['conversion'] === undefined
      ? {}
      : { conversion: parseConversion(experiment, `${at}.conversion`) }),
    ...(experiment['harm'] === undefined ? {} : { harm: parseHarm(experiment, `${at}.harm`) }),
  };
}

function parseUnit(experiment: JsonObject, at: string): Unit {
  const unit = objectAt(experiment['unit'], at);
  const { from } = unit;
  if (from === 'gateway') return { from, cookie: matching(unit, 'cookie', { at, pattern: COOKIE_NAME }) };
  if (from === 'cookie' || from === 'header' || from === 'query')
    return { from, name: text(unit, 'name', at) };
  throw wrong(`${at}.from`, 'must be cookie, header, query or gateway');
}

function parseHarm(experiment: JsonObject, at: string): Harm {
  const harm = objectAt(experiment['harm'], at);
  if (harm['failed'] === true) return { failed: true };
  return { slowerThanMs: integer(harm, 'slowerThanMs', { at, min: 1, max: LONGEST_MS }) };
}

function parseConversion(experiment: JsonObject, at: string): Conversion {
  const conversion = objectAt(experiment['conversion'], at);
  const { method, status } = conversion;
  return {
    ...(method === undefined ? {} : { method: matching(conversion, 'method', { at, pattern: METHOD }) }),
    path: matching(conversion, 'path', { at, pattern: PATH }),
    ...(status === undefined ? {} : { status: integer(conversion, 'status', { at, min: 1, max: 599 }) }),
  };
}
