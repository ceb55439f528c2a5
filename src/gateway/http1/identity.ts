import { randomFillSync } from 'node:crypto';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import { pointAt } from '../routing/assign.ts';

/** What is passed on as a request's id: nothing that breaks a line of log or a header. */
const REQUEST_ID = /^[\w.~:/+=@-]{1,128}$/;
/** Of W3C Trace Context level 1, and of later versions, which may say more. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** A trace id and the id of its first span. */
const TRACE_BYTES = 16 + 8;
const POOL_BYTES = 128 * TRACE_BYTES;

/** True for an id that a client or a proxy before us gave to a request, and that may be kept. */
export function isRequestId(given: string | undefined): given is string {
  return given !== undefined && REQUEST_ID.test(given);
}

/** The id of the trace that a `traceparent` field names; undefined when it is none. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  const match = traceparent === undefined ? undefined : TRACEPARENT.exec(traceparent);
  // Version 00 ends with the flags.
  return match?.[1] === '00' && match[3] !== undefined ? undefined : match?.[2];
}

/** Makes `traceparent` fields of new traces; the answer's argument is a fraction by chance, for sampling. */
export function traceSource(): (sample: Share, fraction: number) => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return (sample, fraction) => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const trace = pool.toString('hex', used, used + 16);
    const span = pool.toString('hex', used + 16, used + TRACE_BYTES);
    used += TRACE_BYTES;
    const isSampled = sample === FULL_SHARE || pointAt(fraction) < sample;
    return `00-${trace}-${span}-${isSampled ? '01' : '00'}`;
  };
}
