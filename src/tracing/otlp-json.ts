import { VERSION } from '../base/version.ts';
import type { Attributes, Span } from './span.ts';

const INTERNAL = 1;
const OK = 1;
const ERROR = 2;

/** Spans as the body of an OTLP/HTTP request in JSON (ids in hexadecimal, times in nanoseconds as text). */
export function otlpJson(spans: readonly Span[], service: string): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: listed({ 'service.name': service, 'service.version': VERSION }) },
        scopeSpans: [{ scope: { name: 'coalmine', version: VERSION }, spans: spans.map(spanJson) }],
      },
    ],
  };
}

function spanJson({ traceId, spanId, parentId, name, startedAt, endedAt, attributes, error }: Span): object {
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    name,
    kind: INTERNAL,
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(endedAt),
    attributes: listed(attributes),
    status: error === undefined ? { code: OK } : { code: ERROR, message: error },
  };
}

/** Numbers of JSON are too coarse for nanoseconds. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}

function listed(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueJson(value) }));
}

function valueJson(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
