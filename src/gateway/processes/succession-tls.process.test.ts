import { appendFile, cp } from 'node:fs/promises';
import { rmSync, writeFileSync } from 'node:fs';
import { connect, type ClientHttp2Session } from 'node:http2';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { eventually, named, readAll, route } from '../../../test/proxy.ts';
import { ensureGateway } from '../launch.ts';
import type { GatewayState } from '../protocol.ts';

const { upstream, home } = gatewayFixture();
let maker: CertificateMaker;

beforeAll(() => {
  maker = new CertificateMaker();
});
afterAll(() => {
  maker.dispose();
});

/** Asks one after the other over HTTP/2, on a new connection once it is told that the one before ends. */
class Visitor {
  readonly failures: string[] = [];
  answered = 0;
  readonly #port: number;
  readonly #ca: string;
  #isStaying = true;
  #visit: Promise<void> = Promise.resolve();

  constructor(port: number, ca: string) {
    this.#port = port;
    this.#ca = ca;
  }

  arrive(): void {
    this.#visit = this.#stay();
  }

  async leave(): Promise<void> {
    this.#isStaying = false;
    await this.#visit;
  }

  async #stay(): Promise<void> {
    while (this.#isStaying) {
      const session = connect(`https://127.0.0.1:${this.#port}`, { servername: 'shop.test', ca: this.#ca });
      session.on('error', (error) => this.failures.push(String(error)));
      // Told that another connection is wanted, it takes no more requests.
      const isOver = (): boolean => !this.#isStaying || session.closed || session.destroyed;
      while (!isOver()) await this.#ask(session);
      session.close();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #ask(session: ClientHttp2Session): Promise<void> {
    try {
      const stream = session.request({ ':path': '/', ':authority': 'shop.test' });
      const body = await readAll(stream);
      if (body === 'ok') this.answered += 1;
      else this.failures.push(`answered ${body}`);
    } catch (error) {
      this.failures.push(String(error));
    }
  }
}

async function succeeded(name: string): Promise<GatewayState> {
  const entry = join(home().dir, `${name}.cjs`);
  await cp(home().entry, entry);
  await appendFile(entry, `\n// ${name}\n`);
  const { state, problem } = await ensureGateway({ dir: home().dir, entry });
  home().note(state);
  expect(problem).toBeUndefined();
  return state;
}

it('clients of HTTP/2 lose no request to upgrades, nor does anybody the certificate whose files are broken', async () => {
  const { client } = await home().gateway();
  const { endpoint } = await upstream(named('ok'));
  const { files, cert } = maker.make('shop.test');
  const state = await client.apply({
    version: 1,
    listen: [{ host: '127.0.0.1', port: 0, tls: true }],
    routes: [route([endpoint], { host: 'shop.test', tls: files })],
  });
  home().note(state);
  const visitors = [1, 2, 3].map(() => new Visitor(state.listening[0]?.boundPort ?? 0, cert));
  for (const visitor of visitors) visitor.arrive();
  const answered = (): number => visitors.reduce((sum, visitor) => sum + visitor.answered, 0);
  const goOn = async (): Promise<void> => {
    const before = answered();
    await eventually(() => answered() > before + 100, 'requests are answered');
  };
  await goOn();
  await succeeded('one');
  await goOn();
  writeFileSync(files.key, 'nonsense');
  rmSync(files.certificate);
  const { problems } = await succeeded('two');
  expect(problems).toEqual([expect.stringContaining('the one before is served')]);
  await goOn();
  await Promise.all(visitors.map((visitor) => visitor.leave()));
  expect(visitors.flatMap(({ failures }) => failures)).toEqual([]);
});
