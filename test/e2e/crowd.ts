import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './site.ts';

/** No answer may take longer, in milliseconds. */
const PATIENCE_MS = 30_000;

/** A request a client makes. */
export interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent piece by piece, with a pause after each, in milliseconds; ended once the answer has begun. */
  readonly pieces?: readonly Buffer[];
  readonly pieceEveryMs?: number;
  readonly agent?: Agent;
}

/** A complete answer. */
export interface Answer {
  readonly status: number;
  /** The version of the service that answered; empty when none of ours did. */
  readonly version: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks once. Rejects unless a complete answer comes. */
export function ask(url: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, pieces = [], pieceEveryMs = 0, agent } = asked;
  return new Promise((resolve, reject) => {
    const options = { method, headers, timeout: PATIENCE_MS, ...(agent === undefined ? {} : { agent }) };
    const asking = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (!response.complete) {
          reject(new Error('the answer broke off'));
          return;
        }
        const version = String(response.headers['x-version'] ?? '');
        const body = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, version, headers: response.headers, body });
      });
    });
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')));
    asking.on('error', reject);
    if (pieces.length === 0) {
      asking.end();
      return;
    }
    const write = async (): Promise<void> => {
      for (const piece of pieces) {
        asking.write(piece);
        if (pieceEveryMs > 0) await pause(pieceEveryMs);
      }
    };
    Promise.all([write(), once(asking, 'response')]).then(() => asking.end(), reject);
  });
}

/** The hash two ends compare a body by. */
export function hashOf(...pieces: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** Somebody with a browser: one kept-alive connection, a cookie jar, GET and POST in turn, again and again. */
class User {
  /** Every version that answered, each time it was another one than before. */
  readonly path: string[] = [];
  readonly failures: string[] = [];
  answered = 0;
  cookiesGiven = 0;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #cookie: string | undefined;
  #isLeaving = false;
  #staying: Promise<void> = Promise.resolve();

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#headers = headers;
  }

  get version(): string {
    return this.path.at(-1) ?? '';
  }

  arrive(everyMs: number): void {
    this.#staying = this.#stay(everyMs);
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#staying;
    this.#agent.destroy();
  }

  async #stay(everyMs: number): Promise<void> {
    await pause(Math.random() * everyMs);
    for (let turn = 0; !this.#isLeaving; turn += 1) {
      await (turn % 2 === 0 ? this.#visit({}) : this.#post()).catch((error: unknown) => {
        this.failures.push(`${turn % 2 === 0 ? 'GET' : 'POST'}: ${String(error)}`);
      });
      await pause(everyMs);
    }
  }

  async #post(): Promise<void> {
    const body = randomBytes(2_048);
    const answer = await this.#visit({ method: 'POST', pieces: [body] }, '/echo');
    if (!answer.body.equals(body)) this.failures.push('POST: another body came back');
  }

  async #visit(asked: Asked, path = '/'): Promise<Answer> {
    const cookie = this.#cookie === undefined ? {} : { cookie: this.#cookie };
    const headers = { ...this.#headers, ...cookie };
    const answer = await ask(new URL(path, this.#url).href, { ...asked, headers, agent: this.#agent });
    if (answer.status !== 200) this.failures.push(`status ${answer.status}`);
    if (answer.version !== this.version) this.path.push(answer.version);
    for (const cookie of answer.headers['set-cookie'] ?? []) {
      this.#cookie = cookie.split(';')[0];
      this.cookiesGiven += 1;
    }
    this.answered += 1;
    return answer;
  }
}

/** Many users at once. */
export class Crowd {
  readonly users: readonly User[];

  /** `headers`: what each of them sends with every request. */
  constructor(url: string, size: number, headers: Readonly<Record<string, string>> = {}) {
    this.users = Array.from({ length: size }, () => new User(url, headers));
  }

  /** Everybody asks again this long after each answer, in milliseconds. */
  arrive(everyMs: number): void {
    for (const user of this.users) user.arrive(everyMs);
  }

  /** Returns when everybody has been answered a request that was made from now on. */
  async round(): Promise<void> {
    const before = this.users.map((user) => user.answered);
    await until('everybody was answered', () =>
      // The first of the two may have been under way already.
      Promise.resolve(this.users.every((user, index) => user.answered >= (before[index] ?? 0) + 2)),
    );
  }

  /** How many are on a version now. */
  on(version: string): number {
    return this.users.filter((user) => user.version === version).length;
  }

  failures(): readonly string[] {
    return this.users.flatMap((user) => user.failures);
  }

  async leave(): Promise<void> {
    await Promise.all(this.users.map((user) => user.leave()));
  }
}

/** Four standard deviations of a count of successes, each of `probability`, in so many `tries`. */
export function fourSigma(tries: number, probability: number): number {
  return 4 * Math.sqrt(tries * probability * (1 - probability));
}
