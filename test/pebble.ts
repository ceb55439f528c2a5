import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateMaker } from './certificates.ts';
import { eventually } from './proxy.ts';
import { testTool } from './test-tools.ts';
import { freePort } from './tools.ts';

/** How a real authority of a test behaves. */
export interface PebbleOptions {
  /** Where it asks hosts over HTTP, in the place of port 80. */
  readonly httpPort: number;
  /** How long its certificates count. */
  readonly lifetimeSeconds?: number;
  /** Hosts that it makes no certificates for. */
  readonly blocked?: readonly string[];
  /** Of 100 nonces it refuses so many without a reason. */
  readonly badNonces?: number;
}

/** The small ACME server that Let's Encrypt tests clients with. Every host is 127.0.0.1 to it. */
export class Pebble {
  readonly directory: string;
  /** The file of who vouches for its own certificate. */
  readonly ca: string;
  readonly #management: string;
  readonly #maker: CertificateMaker;
  readonly #dir: string;
  readonly #names: Server;
  readonly #child: ChildProcess;

  private constructor(made: {
    readonly ports: readonly [number, number];
    readonly maker: CertificateMaker;
    readonly ca: string;
    readonly dir: string;
    readonly names: Server;
    readonly child: ChildProcess;
  }) {
    const [port, management] = made.ports;
    this.directory = `https://127.0.0.1:${port}/dir`;
    this.#management = `https://127.0.0.1:${management}`;
    this.ca = made.ca;
    this.#maker = made.maker;
    this.#dir = made.dir;
    this.#names = made.names;
    this.#child = made.child;
  }

  static async start(options: PebbleOptions): Promise<Pebble> {
    const maker = new CertificateMaker();
    const { files } = maker.make('127.0.0.1');
    const dir = mkdtempSync(join(tmpdir(), 'coalmine-pebble-'));
    const ports = [await freePort(), await freePort()] as const;
    const names = await nameServer();
    writeFileSync(join(dir, 'config.json'), JSON.stringify(configOf(options, ports, files)));
    const child = spawn(
      testTool('pebble') ?? '',
      ['-config', join(dir, 'config.json'), '-dnsserver', `127.0.0.1:${names.port}`, '-strict'],
      {
        stdio: 'ignore',
        // Every host is proved anew, and without pauses.
        env: {
          PEBBLE_VA_NOSLEEP: '1',
          PEBBLE_AUTHZREUSE: '0',
          PEBBLE_WFE_NONCEREJECT: String(options.badNonces ?? 5),
        },
      },
    );
    const pebble = new Pebble({ ports, maker, ca: files.certificate, dir, names: names.server, child });
    await eventually(
      () =>
        pebble.root().then(
          () => true,
          () => false,
        ),
      'pebble answers',
    );
    return pebble;
  }

  /** Who vouches for the certificates that it makes. */
  root(): Promise<string> {
    return new Promise((resolve, reject) => {
      get(`${this.#management}/roots/0`, { rejectUnauthorized: false, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => {
          resolve(text);
        });
      }).on('error', reject);
    });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.kill('SIGKILL')) await ended;
    this.#names.close();
    this.#maker.dispose();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function configOf(
  { httpPort, lifetimeSeconds = 7_776_000, blocked = [] }: PebbleOptions,
  [port, management]: readonly [number, number],
  files: { readonly certificate: string; readonly key: string },
): object {
  return {
    pebble: {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: files.certificate,
      privateKey: files.key,
      httpPort,
      tlsPort: 1,
      domainBlocklist: blocked,
      retryAfter: { authz: 1, order: 1 },
      keyAlgorithm: 'ecdsa',
      profiles: { default: { description: 'for tests', validityPeriod: lifetimeSeconds } },
    },
  };
}

/** Tells every name's address to be 127.0.0.1, and nothing else, over TCP. */
async function nameServer(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => {
    let buffered = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE()) {
        const end = 2 + buffered.readUInt16BE();
        const answer = answerTo(buffered.subarray(2, end));
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
        buffered = buffered.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

/** The answer to a question of DNS (RFC 1035 §4). */
function answerTo(question: Buffer): Buffer {
  let end = 12;
  while ((question[end] ?? 0) !== 0) end += 1 + (question[end] ?? 0);
  const asked = question.subarray(12, end + 5);
  const isAddress = asked.readUInt16BE(asked.length - 4) === 1;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  // One question, the answer when there is one, and nothing more.
  for (const [at, count] of [
    [4, 1],
    [6, isAddress ? 1 : 0],
    [8, 0],
    [10, 0],
  ] as const)
    head.writeUInt16BE(count, at);
  const record = Buffer.from('c00c000100010000003c00047f000001', 'hex');
  return Buffer.concat([head, asked, ...(isAddress ? [record] : [])]);
}
