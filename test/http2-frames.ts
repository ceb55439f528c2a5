import { connect, type TLSSocket } from 'node:tls';

/** Frame types and flags of RFC 9113 §6. */
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const GOAWAY = 7;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** What the server said. */
export interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A client of HTTP/2 that may break every rule. */
export class RawHttp2 {
  readonly frames: Frame[] = [];
  readonly socket: TLSSocket;
  closed = false;
  #rest = Buffer.alloc(0);

  constructor(port: number) {
    const options = { host: '127.0.0.1', port, servername: 'shop.test', rejectUnauthorized: false };
    this.socket = connect({ ...options, ALPNProtocols: ['h2'] });
    this.socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.closed = true));
    this.socket.write(Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0, Buffer.alloc(0))]));
  }

  /** A whole request without a body; its fields as they are given. */
  ask(stream: number, fields: readonly (readonly [string, string])[]): void {
    this.socket.write(frame(HEADERS, END_STREAM | END_HEADERS, stream, block(fields)));
  }

  /** Half of a head, and never the rest. */
  begin(stream: number, fields: readonly (readonly [string, string])[]): void {
    this.socket.write(frame(HEADERS, END_STREAM, stream, block(fields)));
  }

  /** More of that head. */
  goOn(stream: number, fields: readonly (readonly [string, string])[]): void {
    if (!this.socket.destroyed) this.socket.write(frame(CONTINUATION, 0, stream, block(fields)));
  }

  /** The end of that head. */
  end(stream: number): void {
    this.socket.write(frame(CONTINUATION, END_HEADERS, stream, Buffer.alloc(0)));
  }

  /** So many requests that are reset at once. */
  askAndReset(count: number, fields: readonly (readonly [string, string])[]): void {
    const bytes = Array.from({ length: count }, (_, i) => {
      const stream = 2 * i + 1;
      const reset = Buffer.from([0, 0, 0, 8]);
      return [
        frame(HEADERS, END_STREAM | END_HEADERS, stream, block(fields)),
        frame(RST_STREAM, 0, stream, reset),
      ];
    });
    this.socket.write(Buffer.concat(bytes.flat()));
  }

  /** The status of a stream's answer; undefined without one. */
  status(stream: number): number | undefined {
    const head = this.frames.find((one) => one.type === HEADERS && one.stream === stream);
    return head === undefined ? undefined : statusOf(head.payload);
  }

  /** True once the server has refused the stream or the whole connection. */
  isRefused(stream: number): boolean {
    return (
      this.closed ||
      this.frames.some((one) => one.type === GOAWAY || (one.type === RST_STREAM && one.stream === stream))
    );
  }

  /** The last streams that the server's words of farewell named. */
  goodbyes(): readonly number[] {
    return this.frames.filter(({ type }) => type === GOAWAY).map(({ payload }) => payload.readUInt32BE(0));
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 9) {
      const length = this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < 9 + length) return;
      const payload = this.#rest.subarray(9, 9 + length);
      this.frames.push({
        type: this.#rest[3] ?? 0,
        stream: this.#rest.readUInt32BE(5) & 0x7fffffff,
        payload,
      });
      this.#rest = this.#rest.subarray(9 + length);
    }
  }
}

/** The fields every request has. */
export function usual(
  path = '/',
  ...more: readonly (readonly [string, string])[]
): (readonly [string, string])[] {
  return [[':method', 'GET'], [':scheme', 'https'], [':path', path], [':authority', 'shop.test'], ...more];
}

function frame(type: number, flags: number, ...[stream, payload]: [number, Buffer]): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Fields by HPACK (RFC 7541), literally and without an index. */
function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([length(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits. */
function length(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** `:status` as servers write it: by its place in the static table, or as a literal. */
function statusOf(payload: Buffer): number {
  const known = [200, 204, 206, 304, 400, 404, 500];
  const [first = 0] = payload;
  if (first >= 0x88 && first <= 0x8e) return known[first - 0x88] ?? 0;
  return Number(/\d{3}/.exec(decodable(payload))?.[0] ?? 0);
}

/** Digits in Huffman code of HPACK have five bits for 0, 1 and 2, six for the rest. */
function decodable(payload: Buffer): string {
  const huffman = ((payload[1] ?? 0) & 0x80) !== 0;
  const size = (payload[1] ?? 0) & 0x7f;
  const bytes = payload.subarray(2, 2 + size);
  if (!huffman) return bytes.toString('latin1');
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let text = '';
  for (let at = 0; text.length < 3;) {
    const five = parseInt(bits.slice(at, at + 5), 2);
    if (five <= 2) {
      text += String(five);
      at += 5;
    } else {
      text += String(parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3);
      at += 6;
    }
  }
  return text;
}
