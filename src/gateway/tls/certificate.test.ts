import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import { failureOf } from '../../../test/gateway.ts';
import { certificateProblem, readCertificate } from './certificate.ts';
import type { PemCertificate } from '../protocol.ts';

const DAY_MS = 86_400_000;

let maker: CertificateMaker;
let shop: PemCertificate;

beforeAll(() => {
  maker = new CertificateMaker();
  shop = maker.make('shop.test', '*.shop.test', '127.0.0.1');
});
afterAll(() => {
  maker.dispose();
});

describe('a certificate', () => {
  it('is read with its key', async () => {
    expect(await readCertificate(shop.files)).toEqual(shop);
  });

  it.each([
    ['its file is missing', () => ({ ...shop.files, certificate: '/no/such.pem' })],
    ['its key is missing', () => ({ ...shop.files, key: '/no/such.pem' })],
    ['the key is another one', () => ({ ...shop.files, key: maker.make('a').files.key })],
    ['they are exchanged', () => ({ certificate: shop.files.key, key: shop.files.certificate })],
    ['its file is empty', () => ({ ...shop.files, certificate: written('') })],
    ['its key is empty', () => ({ ...shop.files, key: written('') })],
    ['it is no PEM', () => ({ ...shop.files, certificate: written('nonsense') })],
  ])('cannot serve when %s, and the message shows nothing of the key', async (_, files) => {
    const failure = await failureOf(readCertificate(files()));
    expect(failure.code).toBe('usage');
    expect(failure.message).not.toMatch(/BEGIN|MI[GH]/);
  });

  it.each([
    [undefined, 0, undefined],
    ['shop.test', 0, undefined],
    ['www.shop.test', 0, undefined],
    ['127.0.0.1', 0, undefined],
    ['blog.test', 0, /is not for blog\.test/],
    ['[::1]', 0, /is not for/],
    ['shop.test', 1.9 * DAY_MS, /expires soon/],
    ['shop.test', 3 * DAY_MS, /has expired/],
    ['shop.test', -3 * DAY_MS, /not yet valid/],
  ])('for the host %s in %i ms is as good as: %s', (host, inMs, problem) => {
    const said = certificateProblem(shop, { host, nowMs: Date.now() + inMs });
    if (problem === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(problem);
  });
});

function written(text: string): string {
  const path = join(maker.dir, 'written.pem');
  writeFileSync(path, text);
  return path;
}
