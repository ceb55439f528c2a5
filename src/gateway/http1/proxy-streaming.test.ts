import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, proxyFixture, readAll, send, type Answer } from '../../../test/proxy.ts';

const MIB = 1024 * 1024;
const { serving, closeAll } = proxyFixture();

afterEach(closeAll);

describe('bodies stream', () => {
  it('to the client: a piece arrives before the answer ends', async () => {
    let finish: () => void = () => undefined;
    const { port } = await serving((_req, res) => {
      res.write('first');
      finish = () => res.end('last');
    });
    const pieces: string[] = [];
    await new Promise<void>((resolve) => {
      request({ host: '127.0.0.1', port }, (res) => {
        res.on('data', (chunk: Buffer) => {
          pieces.push(chunk.toString());
          if (pieces.length === 1) finish();
        });
        res.on('end', resolve);
      }).end();
    });
    expect(pieces).toEqual(['first', 'last']);
  });

  it('to the client: headers arrive before any body', async () => {
    let finish: () => void = () => undefined;
    const { port } = await serving((_req, res) => {
      res.flushHeaders();
      finish = () => res.end();
    });
    await new Promise<void>((resolve) => {
      request({ host: '127.0.0.1', port }, (res) => {
        finish();
        res.resume().on('end', resolve);
      }).end();
    });
  });

  it('to the workload: a piece arrives before the request ends', async () => {
    const { port } = await serving((req, res) => {
      req.once('data', (chunk: Buffer) => {
        res.write(`got ${chunk.toString()};`);
        req.resume().on('end', () => res.end('all'));
      });
    });
    const outgoing = request({ host: '127.0.0.1', port, method: 'POST' });
    outgoing.write('first');
    const incoming = await new Promise<IncomingMessage>((resolve) => outgoing.on('response', resolve));
    outgoing.end('last');
    expect(await readAll(incoming)).toBe('got first;all');
  });

  it.each([
    ['with a length', true],
    ['chunked', false],
  ])('large bodies pass whole in both directions, %s', async (_, hasLength) => {
    const { port } = await serving((req, res) => {
      if (hasLength) res.setHeader('content-length', 8 * MIB);
      req.pipe(res);
    });
    const body = Buffer.alloc(8 * MIB, 'abcdefg');
    const headers = hasLength ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' };
    const answer = await send(port, { method: 'POST', headers, body });
    expect(answer.body === body.toString('latin1')).toBe(true);
  });

  it('a slow client slows the workload down', async () => {
    let written = 0;
    const { port } = await serving((_req, res) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (written < 512 * MIB) {
          written += chunk.length;
          if (!res.write(chunk)) break;
        }
      };
      res.on('drain', more);
      more();
    });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', resolve));
    let last = -1;
    await eventually(async () => {
      const before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      last = written;
      return before === last;
    }, 'the workload stops writing');
    socket.destroy();
    expect(last).toBeLessThan(64 * MIB);
  });

  it('a slow workload slows the client down', async () => {
    const { port } = await serving(() => undefined);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${512 * MIB}\r\n\r\n`);
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    const more = (): void => {
      do sent += chunk.length;
      while (socket.write(chunk) && sent < 512 * MIB);
    };
    socket.on('drain', more);
    more();
    let last = -1;
    await eventually(async () => {
      const before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
      last = sent;
      return before === last;
    }, 'the client stops writing');
    socket.destroy();
    expect(last).toBeLessThan(64 * MIB);
  });

  it('an answer that comes before the body was read reaches the client', async () => {
    const { port } = await serving((_req, res) => res.writeHead(413).end('too much'));
    const answer = await new Promise<Answer>((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, method: 'POST' }, (res) => {
        void readAll(res).then((body) => {
          resolve({ status: res.statusCode ?? 0, headers: res.headers, body });
        });
      });
      outgoing.on('error', reject);
      outgoing.write(Buffer.alloc(MIB));
    });
    expect(answer).toMatchObject({ status: 413, body: 'too much' });
  });

  it.each([
    ['goes on', 'keep-alive'],
    ['is to be closed', 'close'],
  ])(
    'an early answer reaches a client that is still sending, on a connection that %s',
    async (_, connection) => {
      const { port } = await serving((_req, res) => res.writeHead(413, { 'content-length': '3' }).end('big'));
      // It takes longer than any one pause may, and reads when it has sent everything.
      const socket = connect(port, '127.0.0.1').pause();
      const head = `POST / HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\nContent-Length: ${32 * MIB}\r\n\r\n`;
      socket.write(head);
      let failure: Error | undefined;
      socket.on('error', (error) => (failure = error));
      for (let i = 0; i < 32 && !socket.destroyed; i += 1) {
        await new Promise((resolve) => socket.write(Buffer.alloc(MIB), resolve));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(failure).toBeUndefined();
      const first = await new Promise<string>((resolve) => {
        socket.once('data', (chunk) => {
          resolve(chunk.toString());
        });
        socket.resume();
      });
      expect(first).toMatch(/^HTTP\/1\.1 413 [^]*big$/);
      socket.destroy();
    },
  );
});
