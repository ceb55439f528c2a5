import { Type, type TObject } from 'typebox';
import { readerOf } from '../base/schema-reader.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { eventId, typedQuery } from './input.ts';
import type { LiveSource } from './live-answer.ts';
import type { Operations } from './operations.ts';
import type { LogLine, StreamMessage } from './resources.ts';

/** What a live route needs of a request. */
export interface LiveRequest {
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
  /** The `Last-Event-ID` header. */
  readonly lastEventId: string | undefined;
}

/** An operation that answers with a stream; `erase` makes the item's type a matter of the route alone. */
export interface LiveRoute {
  readonly endpoint: Endpoint;
  readonly query: TObject;
  readonly contentType: string;
  /** Checks the request; throws Failure before anything is sent. */
  begin(operations: Operations, request: LiveRequest): Promise<LiveSource<unknown>>;
}

const bytes = new TextEncoder();
const closed = { additionalProperties: false };
const LOGS_QUERY = Type.Object(
  {
    of: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    hook: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    tail: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
    follow: Type.Optional(Type.Boolean()),
  },
  closed,
);
const STREAM_QUERY = Type.Object(
  {
    rollout: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    after: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);
const readLogsQuery = readerOf(LOGS_QUERY, 'query');
const readStreamQuery = readerOf(STREAM_QUERY, 'query');

/** Log lines, one JSON object per line; an empty line is a heartbeat. */
const logs: LiveRoute = {
  endpoint: ENDPOINTS.logs,
  query: LOGS_QUERY,
  contentType: 'application/x-ndjson',
  async begin(operations, { name, query }) {
    const wanted = readLogsQuery(typedQuery(LOGS_QUERY, query));
    await operations.get(name);
    return erase<LogLine>({
      open: (signal) => operations.logs(name, wanted, signal),
      encode: (line) => bytes.encode(`${JSON.stringify(line)}\n`),
      encodeProblem: (problem) => `${JSON.stringify({ problem })}\n`,
      heartbeat: '\n',
    });
  },
};

/** Snapshots and events as server-sent events; only events have ids, which are where to resume. */
const stream: LiveRoute = {
  endpoint: ENDPOINTS.stream,
  query: STREAM_QUERY,
  contentType: 'text/event-stream',
  async begin(operations, { query, lastEventId }) {
    const asked = readStreamQuery(typedQuery(STREAM_QUERY, query));
    const wanted = { ...asked, ...(lastEventId === undefined ? {} : { after: eventId(lastEventId) }) };
    if (wanted.rollout !== undefined) await operations.get(wanted.rollout);
    return erase<StreamMessage>({
      open: (signal) => operations.stream(wanted, signal),
      encode: serverSentEvent,
      encodeProblem: (problem) => `event: problem\ndata: ${JSON.stringify(problem)}\n\n`,
      heartbeat: ':\n\n',
    });
  },
};

/** Every operation that answers with a stream. */
export const LIVE_ROUTES: readonly LiveRoute[] = [logs, stream];

/** What was encoded: one message goes to everybody who listens. */
const encoded = new WeakMap<StreamMessage, Uint8Array>();

function serverSentEvent(message: StreamMessage): Uint8Array {
  const known = encoded.get(message);
  if (known !== undefined) return known;
  const id = message.kind === 'event' ? `id: ${message.event.id}\n` : '';
  const sent = bytes.encode(`${id}event: ${message.kind}\ndata: ${JSON.stringify(message)}\n\n`);
  encoded.set(message, sent);
  return sent;
}

/** The source encodes only what it opened itself. */
function erase<T>(source: LiveSource<T>): LiveSource<unknown> {
  return { ...source, encode: (item) => source.encode(item as T) };
}
