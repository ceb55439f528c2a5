import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { deadEndpoint, proxyFixture, route, send, type Answer } from '../../../test/proxy.ts';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import { isRequestId, traceIdOf, traceSource } from './identity.ts';
import type { GatewayRoute } from '../protocol.ts';

const { proxy, serving, closeAll } = proxyFixture();

afterEach(closeAll);

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const UUID = '6f1c2d0e-8c8a-4a5e-9d43-0d2f3f1b7c11';

describe('a traceparent', () => {
  it.each([
    [PARENT, TRACE],
    [PARENT.replace('-01', '-00'), TRACE],
    [`01-${TRACE}-b7ad6b7169203331-01-more`, TRACE],
    [undefined, undefined],
    ['', undefined],
    [PARENT.toUpperCase(), undefined],
    [`${PARENT}-more`, undefined],
    [`ff-${TRACE}-b7ad6b7169203331-01`, undefined],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
    [`${PARENT}, ${PARENT}`, undefined],
  ])('%s names the trace %s', (text, id) => {
    expect(traceIdOf(text)).toBe(id);
  });

  it('that is begun is valid, new each time, and sampled as often as asked', () => {
    const begin = traceSource();
    const all = Array.from({ length: 10_000 }, (_, i) => begin((FULL_SHARE / 4) as Share, i / 10_000));
    expect(new Set(all.map(traceIdOf)).size).toBe(10_000);
    expect(all.filter((one) => one.endsWith('-01'))).toHaveLength(2_500);
    expect(begin(FULL_SHARE, 0.999_999)).toMatch(/-01$/);
    expect(begin(0 as Share, 0)).toMatch(/-00$/);
  });
});

describe('a request id', () => {
  it('is taken only when nothing can be broken with it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        if (isRequestId(text)) expect(text).toMatch(/^[\x21-\x7e]{1,128}$/);
      }),
    );
    expect([UUID, 'a', 'Root=1-67891233-abcdef', 'a'.repeat(128)].every(isRequestId)).toBe(true);
    expect(['', 'a b', 'a"b', 'a\nb', 'ä', 'a'.repeat(129), undefined].some(isRequestId)).toBe(false);
  });
});

describe('what the workload is told', () => {
  async function told(
    headers: Record<string, string | string[]>,
    more: Partial<GatewayRoute> = {},
  ): Promise<Answer> {
    const { port } = await serving((req, res) => {
      res.end(JSON.stringify(req.headers));
    }, more);
    return send(port, { headers });
  }
  const headersOf = (answer: Answer): Record<string, string> =>
    JSON.parse(answer.body) as Record<string, string>;

  it('an id that is new for every request', async () => {
    const ids = await Promise.all([1, 2].map(async () => headersOf(await told({}))['x-request-id']));
    expect(ids[0]).toMatch(/^[\w-]{22}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('the id the request came with, the first of several, and never one that is none', async () => {
    expect(headersOf(await told({ 'X-Request-Id': UUID }))['x-request-id']).toBe(UUID);
    expect(headersOf(await told({ 'X-Request-Id': ['one', 'two'] }))['x-request-id']).toBe('one');
    expect(headersOf(await told({ 'X-Request-Id': 'a b' }))['x-request-id']).toMatch(/^[\w-]{22}$/);
  });

  it('the trace as it came, whatever it is, where the route begins none', async () => {
    for (const traceparent of [PARENT, 'nonsense'])
      expect(headersOf(await told({ traceparent, tracestate: 'a=b' }))).toMatchObject({
        traceparent,
        tracestate: 'a=b',
      });
    expect(headersOf(await told({}))).not.toHaveProperty('traceparent');
  });

  it('a new trace where the route begins one, for a request in none', async () => {
    const tracing = { sample: FULL_SHARE };
    expect(headersOf(await told({ traceparent: PARENT, tracestate: 'a=b' }, { tracing }))).toMatchObject({
      traceparent: PARENT,
      tracestate: 'a=b',
    });
    for (const headers of [{}, { traceparent: 'nonsense', tracestate: 'a=b' }]) {
      const seen = headersOf(await told(headers, { tracing }));
      expect(seen['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(seen).not.toHaveProperty('tracestate');
    }
  });

  it('and the client the id, where the gateway itself answers', async () => {
    const { port } = await proxy([route([await deadEndpoint()])]);
    const answer = await send(port, { headers: { 'X-Request-Id': UUID } });
    expect(answer).toMatchObject({ status: 502, headers: { 'x-request-id': UUID } });
  });
});
