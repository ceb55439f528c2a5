import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  route,
  sendRaw,
  startProxy,
  startUpstream,
  type Started,
  type StartedProxy,
} from '../../../test/proxy.ts';

let seen: string[] = [];
let upstream: Started;
let proxy: StartedProxy;

beforeAll(async () => {
  const started = await startUpstream((req, res) => {
    seen.push(`${req.method ?? ''} ${req.url ?? ''}`);
    req.resume();
    req.on('end', () => res.end('ok'));
  });
  upstream = started;
  proxy = await startProxy([route([started.endpoint])], { headersMs: 300, bodyIdleMs: 300 });
});

afterAll(async () => {
  await proxy.close();
  await upstream.close();
});

/** What follows must never be taken for a request of its own. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

describe('requests two servers could read differently are refused and the connection closed', () => {
  const post = 'POST / HTTP/1.1\r\nHost: a\r\n';
  it.each([
    [
      'Content-Length and Transfer-Encoding',
      `${post}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'Transfer-Encoding and Content-Length',
      `${post}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n`,
    ],
    ['two Content-Lengths that differ', `${post}Content-Length: 0\r\nContent-Length: 5\r\n\r\n`],
    ['two Content-Lengths that agree', `${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde`],
    ['a list of Content-Lengths', `${post}Content-Length: 5, 5\r\n\r\nabcde`],
    ['a signed Content-Length', `${post}Content-Length: +5\r\n\r\nabcde`],
    ['a negative Content-Length', `${post}Content-Length: -5\r\n\r\nabcde`],
    ['a hexadecimal Content-Length', `${post}Content-Length: 0x5\r\n\r\nabcde`],
    ['an empty Content-Length', `${post}Content-Length: \r\n\r\nabcde`],
    ['a Content-Length beyond all integers', `${post}Content-Length: 18446744073709551621\r\n\r\nabcde`],
    ['white space before the colon', `${post}Content-Length : 5\r\n\r\nabcde`],
    ['Transfer-Encoding identity', `${post}Transfer-Encoding: identity\r\n\r\n`],
    ['Transfer-Encoding gzip', `${post}Transfer-Encoding: gzip\r\n\r\n`],
    ['Transfer-Encoding gzip, chunked', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['Transfer-Encoding chunked, identity', `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    [
      'Transfer-Encoding twice',
      `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['Transfer-Encoding xchunked', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['Transfer-Encoding with a vertical tab', `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    [
      'Transfer-Encoding in HTTP/1.0',
      'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'],
    ['a folded Transfer-Encoding', `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
    ['a bare LF in the headers', 'GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n'],
    ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n'],
    ['a bare CR in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-C: d\r\n\r\n'],
    ['a NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n'],
    ['a NUL in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX\0A: b\r\n\r\n'],
    ['a NUL in the target', 'GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a control character in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\x01c\r\n\r\n'],
    ['no Host in HTTP/1.1', 'GET / HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['two equal Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['a Host with a user', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n'],
    ['white space before the first header', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n'],
    ['a target that is neither path nor URL', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a target of another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a version that is none', 'GET / HTTP/1.7\r\nHost: a\r\n\r\n'],
    ['no version', 'GET /\r\nHost: a\r\n\r\n'],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['bytes that are no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s', async (_, bytes) => {
    seen = [];
    const answer = await sendRaw(proxy.port, bytes + SMUGGLED);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|505)/);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).not.toContain(' 200 ');
    expect(seen).toEqual([]);
  });

  it.each([
    ['a size that is not hexadecimal', 'x\r\nabcde\r\n0\r\n\r\n'],
    ['a size too large for any number', 'ffffffffffffffffff\r\nabc'],
    ['a chunk longer than its size', '3\r\nabcde\r\n0\r\n\r\n'],
    ['a bare LF after the size', '5\nabcde\r\n0\r\n\r\n'],
    ['a signed size', '+5\r\nabcde\r\n0\r\n\r\n'],
  ])('a chunked body with %s never ends as a whole request', async (_, body) => {
    seen = [];
    const head = 'POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await sendRaw(proxy.port, head + body + SMUGGLED);
    expect(answer).not.toContain(' 200 ');
    expect(seen).not.toContain('GET /smuggled');
  });
});

describe('limits', () => {
  it('refuses headers that are too large', async () => {
    const answer = await sendRaw(
      proxy.port,
      `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431/);
  });

  it('refuses headers that are too many', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `X-${i}: a\r\n`).join('');
    expect(await sendRaw(proxy.port, `GET / HTTP/1.1\r\nHost: a\r\n${many}\r\n`)).toMatch(/^HTTP\/1\.1 431/);
  });

  it('refuses a target that is too long', async () => {
    expect(await sendRaw(proxy.port, `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431/,
    );
  });

  it.each([
    ['a head that never ends', 'GET / HTTP/1.1\r\nHost: a\r\nX-'],
    ['a connection that says nothing', ''],
  ])('does not wait for %s', async (_, bytes) => {
    expect(await sendRaw(proxy.port, bytes)).toMatch(/^HTTP\/1\.1 408/);
  });

  it('does not wait for a head that drips', async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    const dripping = setInterval(() => socket.write('a'), 20);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-A: ');
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(text);
      });
    });
    clearInterval(dripping);
    expect(answer).toMatch(/^HTTP\/1\.1 408/);
  });

  it('does not wait for a body that stops coming, and the workload is not to blame', async () => {
    proxy.counted();
    const answer = await sendRaw(proxy.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
    expect(answer).toMatch(/^HTTP\/1\.1 408/);
    expect(proxy.counted()).toMatchObject([{ requests: 1, errors: 0, codes: [0, 0, 0, 0, 1, 0] }]);
  });
});

describe('what is unusual but clear is served', () => {
  it.each([
    ['HTTP/1.0 without a Host', 'GET /x HTTP/1.0\r\n\r\n', 'GET /x'],
    [
      'a URL as the target',
      'GET http://a.example/x?y=1 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n',
      'GET /x?y=1',
    ],
    [
      'a URL without a path',
      'GET http://a.example?y=1 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n',
      'GET /?y=1',
    ],
    ['an empty Host', 'GET /x HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 'GET /x'],
    [
      'a method nobody knows well',
      'PROPFIND /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      'PROPFIND /x',
    ],
    [
      'an upgrade that can be ignored',
      'GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
      'GET /x',
    ],
    [
      'a body in DELETE',
      'DELETE /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc',
      'DELETE /x',
    ],
    [
      'a body in GET',
      'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc',
      'GET /x',
    ],
    [
      'capitals in chunked',
      'POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n',
      'POST /x',
    ],
    [
      'a trailer',
      'POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n',
      'POST /x',
    ],
  ])('%s', async (_, bytes, expected) => {
    seen = [];
    expect(await sendRaw(proxy.port, bytes)).toMatch(/^HTTP\/1\.1 200/);
    expect(seen).toEqual([expected]);
  });

  it('several requests in one packet, each answered in turn', async () => {
    seen = [];
    const two = 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const answer = await sendRaw(proxy.port, two);
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect([...seen].sort()).toEqual(['GET /1', 'GET /2']);
  });
});

describe('what is not built says so', () => {
  it('a tunnel', async () => {
    expect(await sendRaw(proxy.port, 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 501/);
  });
});
