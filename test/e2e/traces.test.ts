import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Site } from './site.ts';

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

let site: Site;
let collector: Server;
let endpoint: string;
const spans: SentSpan[] = [];

beforeEach(async () => {
  spans.length = 0;
  collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(body) as Sent;
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans)));
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  site = await Site.create();
  endpoint = `http://127.0.0.1:${port}`;
});

afterEach(async () => {
  await site.destroy();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

it('a release is one trace, also when the control process is killed in the middle of it', async () => {
  const strategy = '{ canary: { steps: [{ weight: 5% }, { pause: {} }, { weight: 50% }] } }';
  await site.declare({ version: 'v1' }, { strategy, analysis: '' });
  await site.up('--otlp-endpoint', endpoint);
  await site.ok('apply', '--wait');
  await site.artefact({ version: 'v2' });
  await site.declare({ version: 'v2' }, { strategy, analysis: '' });
  await site.ok('apply');
  await site.ok('wait', 'shop', '--for', 'paused');
  const routesWritten = (): number => spans.filter(({ name }) => name === 'write route').length;
  await expect.poll(routesWritten, { timeout: 10_000 }).toBe(2);
  await site.killControl();
  await site.up('--otlp-endpoint', endpoint);
  await site.ok('promote', 'shop');
  await site.ok('wait', 'shop');
  await expect
    .poll(() => spans.some(({ name }) => name === 'release shop 2'), { timeout: 10_000 })
    .toBe(true);
  const root = spans.find(({ name }) => name === 'release shop 2');
  const own = spans.filter(({ traceId }) => traceId === root?.traceId);
  const names = own.map(({ name }) => name.replace(/^(step \d+):.*/, '$1'));
  expect(names).toEqual(
    expect.arrayContaining(['start processes', 'write route', 'step 1', 'step 2', 'wait']),
  );
  const ids = new Set(own.map(({ spanId }) => spanId));
  for (const { parentSpanId } of own) expect(parentSpanId === undefined || ids.has(parentSpanId)).toBe(true);
  expect(spans.some(({ name, traceId }) => name === 'release shop 1' && traceId !== root?.traceId)).toBe(
    true,
  );
});
