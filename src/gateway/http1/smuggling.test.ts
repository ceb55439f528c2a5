import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { route, sendRaw, startProxy, type StartedProxy } from '../../../test/proxy.ts';

/** What reached the workload, byte for byte. */
let arrived = '';
let proxy: StartedProxy;
let closeWorkload: () => void;

/** A workload that is no HTTP parser: it shows what really goes over the wire, and answers once it has a whole request. */
beforeAll(async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      arrived += chunk.toString('latin1');
      text += chunk.toString('latin1');
      if (!isWhole(text)) return;
      text = '';
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  closeWorkload = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  proxy = await startProxy([route([{ id: 'raw', host: '127.0.0.1', port }])], {
    headersMs: 500,
    bodyIdleMs: 500,
  });
});
beforeEach(() => {
  arrived = '';
});
afterAll(async () => {
  closeWorkload();
  await proxy.close();
});

function isWhole(text: string): boolean {
  const [head = '', body] = text.split(/\r\n\r\n([^]*)/);
  if (body === undefined) return false;
  if (/transfer-encoding: chunked/i.test(head)) return body.endsWith('0\r\n\r\n');
  return body.length >= Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
}

/** Without what the gateway tells about the client and the request. */
function essence(text: string): string[] {
  return text
    .split('\r\n')
    .filter((line) => !/^(x-forwarded-|x-request-id|connection: keep-alive)/i.test(line))
    .map((line) => line.replace(/^[A-Za-z-]+: /, (name) => name.toLowerCase()));
}

const CHUNKED = 'POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
const AS_CHUNKED = ['POST /x HTTP/1.1', 'host: a', 'transfer-encoding: chunked', ''];

describe('the workload sees the request that the gateway understood, written anew', () => {
  it.each([
    [
      'chunk extensions are dropped',
      `${CHUNKED}3;a=b;c="d"\r\nabc\r\n0;e\r\n\r\n`,
      [...AS_CHUNKED, '3', 'abc', '0', '', ''],
    ],
    [
      'leading zeros of a size are dropped',
      `${CHUNKED}0000003\r\nabc\r\n000\r\n\r\n`,
      [...AS_CHUNKED, '3', 'abc', '0', '', ''],
    ],
    [
      'trailers are dropped, whatever they say',
      `${CHUNKED}3\r\nabc\r\n0\r\nX-Forwarded-For: b\r\nHost: b\r\n\r\n`,
      [...AS_CHUNKED, '3', 'abc', '0', '', ''],
    ],
    [
      'a Connection field cannot name the framing away',
      'POST /x HTTP/1.1\r\nHost: a\r\nConnection: close, Content-Length, Host\r\nContent-Length: 3\r\n\r\nabc',
      ['POST /x HTTP/1.1', 'host: a', 'content-length: 3', '', 'abc'],
    ],
    [
      'the host of an absolute target overrules the Host field',
      'GET http://inner.test/x HTTP/1.1\r\nHost: outer.test\r\nConnection: close\r\n\r\n',
      ['GET /x HTTP/1.1', 'host: inner.test', '', ''],
    ],
    [
      'HTTP/1.0 becomes HTTP/1.1',
      'POST /x HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
      ['POST /x HTTP/1.1', 'host: a', 'content-length: 3', '', 'abc'],
    ],
    [
      'white space around a length is dropped',
      'POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \t 3\r\n\r\nabc',
      ['POST /x HTTP/1.1', 'host: a', 'content-length: 3', '', 'abc'],
    ],
    [
      'what stands in a body stays in the body',
      `POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 27\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n\0`,
      ['POST /x HTTP/1.1', 'host: a', 'content-length: 27', '', 'GET /smuggled HTTP/1.1', '', '\0'],
    ],
    [
      'an empty line before a request is skipped',
      `\r\n${CHUNKED}1\r\na\r\n0\r\n\r\n`,
      [...AS_CHUNKED, '1', 'a', '0', '', ''],
    ],
  ])('%s', async (_, bytes, expected) => {
    expect(await sendRaw(proxy.port, bytes)).toMatch(/^HTTP\/1\.1 200/);
    expect(essence(arrived)).toEqual(expected);
  });

  it('a keep-alive that HTTP/1.0 asks for is between client and gateway', async () => {
    const bytes = 'GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive, close\r\nKeep-Alive: 300\r\n\r\n';
    // The connection stays open after the answer.
    expect(await sendRaw(proxy.port, bytes, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 200/);
    expect(essence(arrived)).toEqual(['GET /x HTTP/1.1', 'host: a', '', '']);
  });

  it('a body that is longer than its length is not sent on, and ends the connection', async () => {
    const answer = await sendRaw(
      proxy.port,
      'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcdefghij\r\n\r\n',
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(essence(arrived)).toEqual(['POST /x HTTP/1.1', 'host: a', 'content-length: 3', '', 'abc']);
  });
});

describe('what is refused or bounded never is a second request, nor the end of one', () => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  it.each([
    ['a chunk extension without an end', `${CHUNKED}3;${'a'.repeat(100_000)}`],
    [
      'chunk extensions that never end, in many chunks',
      CHUNKED + `1;${'a'.repeat(8_000)}\r\nb\r\n`.repeat(20),
    ],
    ['a chunk extension that looks like a request', `${CHUNKED}3;GET /smuggled HTTP/1.1\r\nabc\r\n0\r\n\r\n`],
    ['framing fields in a trailer', `${CHUNKED}3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n`],
    ['a chunk extension with a bare LF', `${CHUNKED}3;a\nabc\r\n0\r\n\r\n`],
    ['a chunk extension with a bare CR', `${CHUNKED}3;a\rb\r\nabc\r\n0\r\n\r\n`],
    ['a chunk size with white space before it', `${CHUNKED} 3\r\nabc\r\n0\r\n\r\n`],
    ['a chunk size with a prefix', `${CHUNKED}0x3\r\nabc\r\n0\r\n\r\n`],
    ['an empty chunk size', `${CHUNKED}\r\nabc\r\n0\r\n\r\n`],
    ['a negative chunk size', `${CHUNKED}-3\r\nabc\r\n0\r\n\r\n`],
    ['a chunk size of 2^64 + 3', `${CHUNKED}10000000000000003\r\nabc\r\n0\r\n\r\n`],
    ['a chunk that ends in a bare LF', `${CHUNKED}3\r\nabc\n0\r\n\r\n`],
    ['a last chunk that ends in a bare LF', `${CHUNKED}3\r\nabc\r\n0\n\n`],
    ['trailers that are too large', `${CHUNKED}0\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`],
    ['a trailer that is no field', `${CHUNKED}0\r\nGET /smuggled HTTP/1.1\r\n\r\n`],
    ['a folded trailer', `${CHUNKED}0\r\nX-A: b\r\n c\r\n\r\n`],
    ['a length with a comma and nothing', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3,\r\n\r\nabc'],
    ['a length with a NUL', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\0\r\n\r\nabc'],
    ['a length in a folded line', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 3\r\n\r\nabc'],
    ['a name with a bare CR', 'GET /x HTTP/1.1\r\nHost: a\r\nX\rA: b\r\n\r\n'],
    ['a request line with a tab', 'GET\t/x\tHTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a head that ends in LF LF', 'GET /x HTTP/1.1\r\nHost: a\r\n\n'],
    ['a Host in capitals and one in small letters', 'GET /x HTTP/1.1\r\nHOST: a\r\nhost: b\r\n\r\n'],
    ['an absolute target with a user', 'GET http://u@b/x HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'HTTP/1.0 with keep-alive and chunks',
      'POST /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a body that stops coming', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc'],
  ])('%s', async (_, bytes) => {
    const answer = await sendRaw(proxy.port, bytes + smuggled).catch(() => '');
    expect(answer).not.toContain(' 200 ');
    expect(arrived).not.toMatch(/^GET \/smuggled/m);
    expect(isWhole(arrived)).toBe(false);
  });
});
