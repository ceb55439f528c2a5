import root from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../telemetry/log.ts';
import { textOf } from '../telemetry/metrics.ts';
import { SpanExporter } from './exporter.ts';
import { spanIdOf, traceIdOf, type Span } from './span.ts';

/** Messages of OTLP as they are defined. */
interface MessageType {
  fromObject(value: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): object;
}
// The package has these without types.
const { ExportTraceServiceRequest } = (
  root as unknown as {
    readonly opentelemetry: {
      readonly proto: {
        readonly collector: {
          readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: MessageType } };
        };
      };
    };
  }
).opentelemetry.proto.collector.trace.v1;

const servers: Server[] = [];
const exporters: SpanExporter[] = [];

afterEach(async () => {
  await Promise.all(exporters.splice(0).map((one) => one.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Got {
  readonly body: string;
  readonly request: IncomingMessage;
}

/** A collector that answers with these statuses, one after the other, the last again and again; undefined: never. */
async function collector(statuses: readonly (number | undefined)[]) {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      got.push({ body, request });
      const status = statuses[Math.min(got.length, statuses.length) - 1];
      if (status !== undefined) response.writeHead(status).end('{}');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { got, url: `http://127.0.0.1:${port}/v1/traces` };
}

function exporterTo(url: string, headers: Readonly<Record<string, string>> = {}): SpanExporter {
  const exporter = new SpanExporter({
    collector: { url, headers, service: 'coalmine' },
    log: silentLog,
    gatherMs: 1,
    retry: { firstMs: 1, longestMs: 2 },
  });
  exporters.push(exporter);
  return exporter;
}

const TRACE = traceIdOf('shop 1');

function span(index: number, differences: Partial<Span> = {}): Span {
  return {
    traceId: TRACE,
    spanId: spanIdOf(TRACE, String(index)),
    parentId: spanIdOf(TRACE, 'release'),
    name: `step ${index}`,
    startedAt: 1_700_000_000_123,
    endedAt: 1_700_000_001_456.4,
    attributes: { text: 'ünï', count: 3, ratio: 0.5, is: true },
    ...differences,
  };
}

const counts = (exporter: SpanExporter): readonly string[] =>
  textOf(exporter.families())
    .split('\n')
    .filter((line) => line.startsWith('coalmine'));

/** What a receiver that knows nothing but the definition makes of a body; ids are bytes there, in base64. */
function received(body: string): object {
  const inBase64 = body.replace(
    /"((?:trace|span|parentSpan)Id)":"([0-9a-f]+)"/g,
    (_, name: string, hex: string) => {
      return `"${name}":"${Buffer.from(hex, 'hex').toString('base64')}"`;
    },
  );
  const sent = JSON.parse(inBase64) as object;
  const message = ExportTraceServiceRequest.fromObject(sent);
  const read = ExportTraceServiceRequest.decode(ExportTraceServiceRequest.encode(message).finish());
  return { sent, read: ExportTraceServiceRequest.toObject(read, { longs: String, bytes: String }) };
}

describe('what is sent to a collector', () => {
  it('is OTLP: a receiver that goes by the definition reads all of it, and nothing else', async () => {
    const { got, url } = await collector([200]);
    exporterTo(url, { 'x-key': 'k' }).push([span(1), span(2, { error: 'errors' })]);
    await expect.poll(() => got.length).toBe(1);
    const { sent, read } = received(got[0]!.body) as { readonly sent: object; readonly read: object };
    expect(read).toEqual(sent);
    const { spans } = (JSON.parse(got[0]!.body) as Sent).resourceSpans[0]!.scopeSpans[0]!;
    expect(spans[0]).toMatchObject({
      traceId: TRACE,
      startTimeUnixNano: '1700000000123000000',
      endTimeUnixNano: '1700000001456000000',
      status: { code: 1 },
    });
    expect(spans[1]).toMatchObject({ status: { code: 2, message: 'errors' } });
    expect(got[0]!.request.headers).toMatchObject({ 'content-type': 'application/json', 'x-key': 'k' });
  });

  it('is sent again after what passes, and given up after a refusal', async () => {
    const { got, url } = await collector([503, 429, 200, 400, 200]);
    const exporter = exporterTo(url);
    exporter.push([span(1)]);
    await expect.poll(() => got.length).toBe(3);
    await expect.poll(() => counts(exporter)[0]).toBe('coalmine_trace_spans_total{result="sent"} 1');
    exporter.push([span(2)]);
    await expect.poll(() => counts(exporter)[1]).toBe('coalmine_trace_spans_total{result="dropped"} 1');
    exporter.push([span(3)]);
    await expect.poll(() => counts(exporter)[0]).toBe('coalmine_trace_spans_total{result="sent"} 2');
  });

  it('never holds up who tells of it, and is bounded: the oldest are given up', async () => {
    const { got, url } = await collector([undefined]);
    const exporter = exporterTo(url);
    for (let index = 0; index < 3_000; index += 1) exporter.push([span(index)]);
    expect(counts(exporter)).toEqual([
      'coalmine_trace_spans_total{result="sent"} 0',
      `coalmine_trace_spans_total{result="dropped"} ${3_000 - 2_048}`,
    ]);
    await expect.poll(() => got.length).toBe(1);
    servers[0]?.closeAllConnections();
  });

  it('is sent at the end, without waiting for more', async () => {
    const { got, url } = await collector([200]);
    const exporter = new SpanExporter({
      collector: { url, headers: {}, service: 'c' },
      log: silentLog,
      gatherMs: 1e8,
    });
    exporter.push([span(1)]);
    await exporter.close();
    expect(got).toHaveLength(1);
    exporter.push([span(2)]);
    expect(got).toHaveLength(1);
  });

  it('is given up at the end where nobody answers', async () => {
    const exporter = exporterTo('http://127.0.0.1:1/v1/traces');
    exporter.push([span(1)]);
    await exporter.close();
    expect(counts(exporter)[1]).toBe('coalmine_trace_spans_total{result="dropped"} 1');
  });
});

interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly object[] }[];
  }[];
}
