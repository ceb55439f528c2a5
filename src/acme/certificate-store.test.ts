import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateMaker } from '../../test/certificates.ts';
import { CertificateStore } from './certificate-store.ts';

const NAME = { host: 'shop.test', directory: 'https://ca.test/dir' };
const TRIES = { failures: 2, reason: 'no', atMs: 1, nextAtMs: 2, settings: 's' };
let dir: string;
let maker: CertificateMaker;
let store: CertificateStore;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'coalmine-store-'));
  maker = new CertificateMaker();
  store = new CertificateStore(join(dir, 'certificates'));
});
afterAll(() => {
  maker.dispose();
  rmSync(dir, { recursive: true, force: true });
});

describe('kept certificates', () => {
  it('are their owner’s alone, one for each host and authority', async () => {
    expect(await store.certificate(NAME)).toBeUndefined();
    const { cert, key } = maker.make(NAME.host);
    await store.put(NAME, `${key}${cert}`);
    expect(statSync(store.path(NAME)).mode & 0o777).toBe(0o600);
    const kept = await store.certificate(NAME);
    expect((kept?.untilMs ?? 0) - (kept?.fromMs ?? 0)).toBe(2 * 86_400_000);
    expect(kept?.chance).toBeGreaterThanOrEqual(0);
    expect(kept?.chance).toBeLessThan(1);
    expect(await store.certificate({ ...NAME, directory: 'https://other.test/dir' })).toBeUndefined();
    expect(await store.certificate({ ...NAME, host: 'other.test' })).toBeUndefined();
  });

  it('that cannot be read count as none, to be made anew', async () => {
    writeFileSync(store.path(NAME), 'nonsense');
    expect(await store.certificate(NAME)).toBeUndefined();
  });
});

describe('the key of an account', () => {
  it('is made once for each authority', async () => {
    const key = await store.accountKey(NAME.directory);
    expect(await store.accountKey(NAME.directory)).toBe(key);
    expect(await store.accountKey('https://other.test/dir')).not.toBe(key);
  });
});

describe('failed tries', () => {
  it('are remembered until there is a certificate', async () => {
    expect(await store.failedTries(NAME)).toBeUndefined();
    await store.putFailedTries(NAME, TRIES);
    expect(await new CertificateStore(join(dir, 'certificates')).failedTries(NAME)).toEqual(TRIES);
    const { cert, key } = maker.make(NAME.host);
    await store.put(NAME, `${key}${cert}`);
    expect(await store.failedTries(NAME)).toBeUndefined();
  });

  it.each(['nonsense', '[]', '{ "failures": "2" }'])('that are %s count as none', async (text) => {
    writeFileSync(store.path(NAME).replace(/pem$/, 'json'), text);
    expect(await store.failedTries(NAME)).toBeUndefined();
  });
});
