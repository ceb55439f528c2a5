import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { AskingFailed } from './answer.ts';
import type { Reply } from './exchange.ts';

/** The data of an answer, as the API wraps it. */
export interface ApiData {
  readonly kind: 'data';
  readonly resultType: string;
  readonly result: Json;
  readonly warnings: readonly string[];
}

/** A failed call, with what decides whether to ask in another way. */
export interface ApiFailure extends AskingFailed {
  readonly status?: number;
  /** The server's own word for the kind of failure. */
  readonly errorType?: string;
}

/** What the API says to one call. */
export type ApiAnswer = ApiData | ApiFailure;

/** How much of a foreign text goes into a message. */
const SHOWN_CHARACTERS = 300;
const MOST_WARNINGS = 10;

/** Takes out of a foreign text what no message may show. */
export type Cleaning = (text: string) => string;

/** Unwraps an answer of the API; whatever else answers at its address is told apart. */
export function readEnvelope(reply: Reply, clean: Cleaning): ApiAnswer {
  const body = parseJson(reply.text);
  if (body !== undefined && body['status'] === 'success') return dataOf(body);
  const shown = (text: string): string => cut(clean(text));
  if (body !== undefined && typeof body['error'] === 'string') return refusal(reply.status, body, shown);
  return strange(reply, shown);
}

function parseJson(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function dataOf(body: JsonObject): ApiAnswer {
  const data = body['data'];
  if (!isJsonObject(data) || typeof data['resultType'] !== 'string' || data['result'] === undefined) {
    return { kind: 'failed', fault: 'source', reason: 'it answered success without a result' };
  }
  const warnings = [body['warnings'], body['infos']].flatMap(textsOf).slice(0, MOST_WARNINGS).map(cut);
  return { kind: 'data', resultType: data['resultType'], result: data['result'], warnings };
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Failures that are the query's own; with any other the same query may be answered later. */
const QUERY_FAULTS: readonly string[] = ['bad_data', 'execution'];

const HINTS: Readonly<Record<string, string>> = {
  bad_data: 'Correct the query; try it in the server’s own page first.',
  execution: 'The server understood the query and could not compute it; try it in the server’s own page.',
  timeout: 'The server gave up on the query; narrow it, or give it more time.',
  401: 'Check `auth` of the source.',
  403: 'Check `auth` of the source, and what it permits.',
  404: 'Check the base path of `address`.',
  413: 'The query is too long for the server, or for a proxy before it.',
  414: 'The query is too long for the server, or for a proxy before it.',
  431: 'The query is too long for the server, or for a proxy before it.',
};

function hintFor(key: string | number): { readonly hint?: string } {
  const hint = HINTS[String(key)];
  return hint === undefined ? {} : { hint };
}

function refusal(status: number, body: JsonObject, shown: Cleaning): ApiFailure {
  const errorType = typeof body['errorType'] === 'string' ? body['errorType'] : '';
  const error = typeof body['error'] === 'string' ? body['error'] : '';
  return {
    kind: 'failed',
    fault: QUERY_FAULTS.includes(errorType) ? 'query' : 'source',
    reason: shown(errorType === '' ? error : `${errorType}: ${error}`),
    status,
    errorType,
    ...hintFor(errorType),
    ...hintFor(status),
  };
}

function strange(reply: Reply, shown: Cleaning): ApiFailure {
  const { status } = reply;
  const text = reply.text.trim();
  if (status >= 300) {
    const said = text === '' || isMarkup(text) ? '' : `: ${text}`;
    return {
      kind: 'failed',
      fault: TOO_LONG.includes(status) ? 'query' : 'source',
      reason: shown(`it answered ${status}${said}`),
      status,
      ...hintFor(status),
    };
  }
  const type = reply.contentType.split(';')[0] ?? '';
  return {
    kind: 'failed',
    fault: 'source',
    reason: `it answered ${status} with ${type === '' ? 'something' : type} that is not of the Prometheus API`,
    hint: 'Check `address`: does a login page or another service answer there?',
    status,
  };
}

/** What proxies say to a query that is too long for them. */
const TOO_LONG: readonly number[] = [413, 414, 431];

function isMarkup(text: string): boolean {
  return text.startsWith('<');
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= SHOWN_CHARACTERS ? line : `${line.slice(0, SHOWN_CHARACTERS)}…`;
}
