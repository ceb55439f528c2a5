import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CertificateMaker } from '../certificates.ts';
import { Site, until } from './site.ts';

interface System {
  readonly gateway: { readonly addresses: readonly string[] };
}

let site: Site;
let maker: CertificateMaker;

beforeAll(async () => {
  maker = new CertificateMaker();
  site = await Site.create();
});
afterAll(async () => {
  await site.destroy();
  maker.dispose();
});

it('a Rollout with certificates is served over HTTPS, and plain requests are sent there', async () => {
  const { files } = maker.make('shop.test');
  const traffic = `{ gateway: { host: shop.test, tls: { files: { certificate: ${files.certificate}, key: ${files.key} } } } }`;
  await site.declare({ version: 'v1' }, { strategy: '{ recreate: {} }', analysis: '', traffic });
  await site.up('--gateway-tls-port', '0');
  await site.ok('apply', '--wait', '--timeout', '30s');
  const addresses = async (): Promise<readonly string[]> =>
    (await site.api<System>('system')).gateway.addresses;
  await until('the port for HTTPS is open', async () => (await addresses()).length === 2);
  const [plain = '', secure = ''] = (await addresses()).map((address) => new URL(address).port);
  const curl = (...options: readonly string[]): Promise<string> =>
    promisify(execFile)('curl', ['--silent', '--show-error', '--cacert', files.certificate, ...options]).then(
      ({ stdout }) => stdout,
    );
  const here = ['--resolve', `shop.test:${secure}:127.0.0.1`, '--resolve', `shop.test:${plain}:127.0.0.1`];
  expect(await curl(...here, `https://shop.test:${secure}/`)).toContain('v1');
  expect(await curl(...here, '--location', `http://shop.test:${plain}/`)).toContain('v1');
});

it('files that cannot serve are refused before anything changes', async () => {
  const [one, two] = [maker.make('shop.test'), maker.make('shop.test')];
  const traffic = `{ gateway: { host: shop.test, tls: { files: { certificate: ${one.files.certificate}, key: ${two.files.key} } } } }`;
  await site.declare({ version: 'v1' }, { strategy: '{ recreate: {} }', analysis: '', traffic });
  const { code, err } = await site.run('apply');
  expect(code).toBe(2);
  expect(err).toContain(two.files.key);
});
