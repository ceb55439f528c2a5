import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lifetimeOf } from '../../system/certificate-lifetime.ts';
import { isFor, makeCertificate } from './certificate.ts';

const DAY_MS = 86_400_000;

describe('a certificate by an authority of its own', () => {
  const dir = mkdtempSync(join(tmpdir(), 'coalmine-webhook-'));
  const nowMs = Math.floor(Date.now() / 1_000) * 1_000;
  const lifetime = { fromMs: nowMs - 1_000, untilMs: nowMs + 90 * DAY_MS };
  const hosts = ['coalmine-webhook.coalmine-system.svc', '127.0.0.1', 'fd00::1:2'];
  const made = makeCertificate(hosts, lifetime);
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('is believed by openssl, for each of its hosts and no other', () => {
    const [cert, authority] = [join(dir, 'cert.pem'), join(dir, 'ca.pem')];
    writeFileSync(cert, made.cert);
    writeFileSync(authority, made.authorities);
    const verify = (...args: readonly string[]): string =>
      execFileSync(
        'openssl',
        ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', authority, ...args, cert],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
      );
    expect(verify('-verify_hostname', hosts[0] ?? '')).toContain('OK');
    expect(verify('-verify_ip', '127.0.0.1')).toContain('OK');
    expect(verify('-verify_ip', 'fd00::1:2')).toContain('OK');
    expect(() => verify('-verify_hostname', 'other.svc')).toThrow();
  });

  it('says how long it counts and for which hosts it is', () => {
    expect(lifetimeOf(made.cert)).toEqual(lifetime);
    expect(isFor(made.cert, hosts)).toBe(true);
    expect(isFor(made.cert, ['other.svc'])).toBe(false);
  });

  it('counts beyond 2049 too', () => {
    const untilMs = Date.UTC(2051, 0, 1);
    expect(lifetimeOf(makeCertificate(hosts, { ...lifetime, untilMs }).cert).untilMs).toBe(untilMs);
  });

  it('has an authority that may vouch for others, and is another each time', () => {
    expect(new X509Certificate(made.authorities).ca).toBe(true);
    expect(new X509Certificate(made.cert).ca).toBe(false);
    expect(makeCertificate(hosts, lifetime).authorities).not.toBe(made.authorities);
  });
});
