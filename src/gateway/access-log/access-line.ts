import { withoutMapping } from '../http1/client-address.ts';
import { traceIdOf } from '../http1/identity.ts';
import type { Asked, EarlierAttempts } from '../http1/job.ts';

const LONGEST_AGENT = 256;
const LONGEST_PATH = 1_024;

/** How a request ended. */
export interface AccessOutcome {
  /** The client's, or the one it would have got; 499: it went away. */
  readonly status: number;
  /** `brokenOff`: by the workload, after its status was sent. */
  readonly how: 'answered' | 'brokenOff' | 'abandoned';
  readonly ms: number;
  /** Of the answer's body, as it came from the workload. */
  readonly bytes: number;
  /** True where no process had room for it. */
  readonly isTooBusy?: boolean;
  /** Who served it, or failed to. */
  readonly served:
    { readonly track: string; readonly revision: string; readonly endpoint: string | undefined } | undefined;
}

/** One line of the access log. The query is left out, for it may hold secrets. */
export function accessLine(
  asked: Asked & { readonly earlier?: EarlierAttempts },
  outcome: AccessOutcome,
): string {
  const { req, head, route, requestId, traceparent, earlier } = asked;
  const client = withoutMapping(req.socket.remoteAddress ?? '');
  const { xForwardedFor } = head.forwarded;
  const { status, how, ms, bytes, served, isTooBusy } = outcome;
  return JSON.stringify({
    time: new Date().toISOString(),
    rollout: route.rollout,
    ...served,
    requestId,
    trace: traceIdOf(traceparent),
    client: xForwardedFor === undefined ? client : `${xForwardedFor}, ${client}`,
    method: head.method,
    host: head.forwarded.host,
    path: withoutQuery(head.path).slice(0, LONGEST_PATH),
    protocol: `HTTP/${req.httpVersion}`,
    status,
    ms: Math.round(ms * 1_000) / 1_000,
    bytes,
    ...(how === 'brokenOff' ? { broken: true } : {}),
    ...(isTooBusy === true ? { tooBusy: true } : {}),
    ...(earlier === undefined ? {} : { attempt: earlier.count + 1 }),
    agent: req.headers['user-agent']?.slice(0, LONGEST_AGENT),
  });
}

function withoutQuery(path: string): string {
  const end = path.indexOf('?');
  return end === -1 ? path : path.slice(0, end);
}
