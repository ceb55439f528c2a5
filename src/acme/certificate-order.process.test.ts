import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../test/gateway.ts';
import { Pebble } from '../../test/pebble.ts';
import { testTool } from '../../test/test-tools.ts';
import { newKeyPem } from './account-key.ts';
import { orderCertificate, type CertificateWish } from './certificate-order.ts';

const signal = new AbortController().signal;
const accountKeyPem = newKeyPem();

describe.skipIf(testTool('pebble') === undefined)('a certificate from a real authority', () => {
  let pebble: Pebble;
  let host: Server;
  let answers: Map<string, string>;

  beforeAll(async () => {
    host = createServer((req, res) => {
      const answer = answers.get(req.url ?? '');
      res.writeHead(answer === undefined ? 404 : 200).end(answer);
    });
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const address = host.address();
    const httpPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
    pebble = await Pebble.start({ httpPort, blocked: ['blocked.test'], badNonces: 20 });
  });
  beforeEach(() => {
    answers = new Map();
  });
  afterAll(async () => {
    host.close();
    await pebble.stop();
  });

  function wish(more: Partial<CertificateWish> = {}): CertificateWish {
    return {
      host: 'shop.test',
      email: 'ops@shop.test',
      accountKeyPem,
      authority: { directory: pebble.directory, ca: pebble.ca },
      prove: ({ token, answer }) => {
        answers.set(`/.well-known/acme-challenge/${token}`, answer);
        return Promise.resolve();
      },
      ...more,
    };
  }

  it('is for the host, with its key and chain, also with an account that is known', async () => {
    for (const name of ['shop.test', 'a-rather-long-name-of-many-labels.shop.example.test']) {
      const pem = await orderCertificate(wish({ host: name }), signal);
      createSecureContext({ cert: pem, key: pem });
      const own = new X509Certificate(pem);
      expect(own.checkHost(name)).toBe(name);
      expect(pem.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(1);
    }
  });

  it('is refused with the reason of the authority when the host does not answer as it should', async () => {
    const failure = await failureOf(orderCertificate(wish({ prove: () => Promise.resolve() }), signal));
    expect(failure.message).toMatch(/the authority refuses: .*404.*\(unauthorized\)/);
  });

  it('is refused for a host that the authority does not want', async () => {
    const failure = await failureOf(orderCertificate(wish({ host: 'blocked.test' }), signal));
    expect(failure.message).toMatch(/blocked\.test.*\(rejectedIdentifier\)/);
  });

  it('is refused for an address of mail that the authority does not take', async () => {
    const failure = await failureOf(
      orderCertificate(wish({ email: 'nobody', accountKeyPem: newKeyPem() }), signal),
    );
    expect(failure.message).toMatch(/the authority refuses: .*\(invalidContact\)/);
  });

  it('does not come from one that is not believed, is not there, or is no authority', async () => {
    const { directory, ca } = pebble;
    const messages = [
      [{ directory }, /does not answer: .*certificate/],
      [{ directory: 'https://127.0.0.1:1/dir', ca }, /does not answer: .*ECONNREFUSED/],
      [
        { directory: directory.replace('/dir', '/my-account'), ca },
        /the authority refuses|no ACME directory/,
      ],
      [{ directory, ca: '/nowhere.pem' }, /tls\.acme\.ca \/nowhere\.pem cannot be read/],
    ] as const;
    for (const [authority, message] of messages) {
      const failure = await failureOf(orderCertificate(wish({ authority }), signal));
      expect(failure.message).toMatch(message);
    }
  });
});
