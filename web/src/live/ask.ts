import {
  Failure,
  failureOf,
  messageOf,
  nextIn,
  pathOf,
  PROBLEM_TYPE,
  type AnswerOf,
  type Endpoint,
} from '../../../src/client/browser.ts';
import type { ProblemView } from '../../../src/client/index.ts';
import type { Named } from './named.ts';
import { isOfCluster } from './served-by.ts';

/** Says that a request comes from these pages; no page of another site can send it. */
const OWN_HEADERS = { 'x-coalmine-request': 'dashboard' };
/** How much longer than the server's own limit an answer is waited for. */
const MARGIN_MS = 5_000;

/** What a request brings along. */
export interface Asked {
  /** The Rollout that is asked about. */
  readonly about?: Named;
  /** The namespaces of a cluster that are asked about, where not about one Rollout; none: all. */
  readonly namespaces?: readonly string[];
  readonly values?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Asks the server these pages came from, and reads what it answers. Throws its `Failure`, or `unreachable`. */
export type Ask = <E extends Endpoint>(endpoint: E, asked?: Asked) => AnswerOf<E>;

/** The ways to ask once. */
export interface Asking {
  readonly ask: Ask;
  /** Follows the pages of a list to its end. */
  readonly askAll: Ask;
}

/** Items of a page: what is read in one go keeps the browser busy. */
const PAGE = 200;

/** Asks with `fetch`; `onFailure` is told of each failure before it is thrown. */
export function askWith(onFailure: (failure: Failure) => void): Asking {
  const told = async (answer: Promise<unknown>): Promise<unknown> => {
    try {
      return await answer;
    } catch (thrown) {
      const failure = failureFrom(thrown);
      onFailure(failure);
      throw failure;
    }
  };
  // The server is of the version that these pages were built with.
  return {
    ask: ((endpoint, asked = {}) => told(answered(endpoint, asked).then(({ value }) => value))) as Ask,
    askAll: ((endpoint, asked = {}) => told(wholeList(endpoint, asked))) as Ask,
  };
}

async function wholeList(endpoint: Endpoint, asked: Asked): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE, ...asked.query, ...(cursor === undefined ? {} : { cursor }) };
    const { value, next } = await answered(endpoint, { ...asked, query });
    if (Array.isArray(value)) items.push(...(value as readonly unknown[]));
    cursor = next;
  } while (cursor !== undefined);
  return items;
}

interface Answer {
  readonly value: unknown;
  /** The cursor of the next page. */
  readonly next: string | undefined;
}

async function answered(endpoint: Endpoint, asked: Asked): Promise<Answer> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new Failure('unreachable', 'coalmine did not answer in time'));
  }, endpoint.timeoutMs + MARGIN_MS);
  try {
    const signals = asked.signal === undefined ? [] : [asked.signal];
    const response = await open(endpoint, { ...asked, signal: AbortSignal.any([late.signal, ...signals]) });
    const text = await response.text();
    const next = nextIn(response.headers.get('link') ?? undefined);
    return { value: text === '' ? undefined : (JSON.parse(text) as unknown), next };
  } finally {
    clearTimeout(timer);
  }
}

/** Begins a request; its body is the reader's. Throws the server's `Failure`, or what `fetch` throws. */
export async function open(endpoint: Endpoint, { query, body, ...asked }: Asked): Promise<Response> {
  const response = await fetch(pathFor(endpoint, asked) + queryOf(query), {
    method: endpoint.method,
    credentials: 'same-origin',
    cache: 'no-store',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...OWN_HEADERS,
      ...asked.headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(asked.signal === undefined ? {} : { signal: asked.signal }),
  });
  if (response.ok) return response;
  if (response.headers.get('content-type') === PROBLEM_TYPE)
    throw failureOf((await response.json()) as ProblemView);
  throw new Failure('unreachable', `the server answered ${response.status}, and not as coalmine does`);
}

/** Where something is asked: what is about namespaces of a cluster is asked below them. */
export function pathFor(
  endpoint: Endpoint,
  { about, namespaces = [], values }: Pick<Asked, 'about' | 'namespaces' | 'values'>,
): string {
  const place = about?.namespace === undefined ? namespaces : [about.namespace];
  const below = place.length === 0 ? '' : `/namespaces/${place.join(',')}`;
  const name = about === undefined ? {} : { name: about.name };
  return below + pathOf(endpoint, { ...name, ...values });
}

/** What a request ended with, as the reader is told: what got no answer is Failure `unreachable`. */
export function failureFrom(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  return new Failure('unreachable', `coalmine does not answer: ${messageOf(cause)}`, {
    hint: isOfCluster()
      ? 'Does the operator run, and does the way to it still stand?'
      : 'Is "coalmine up" running?',
    cause,
  });
}

function queryOf(query: Asked['query'] = {}): string {
  const pairs = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
  return pairs.size === 0 ? '' : `?${pairs.toString()}`;
}
