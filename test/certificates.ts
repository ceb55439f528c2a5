import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PemCertificate } from '../src/gateway/protocol.ts';

/** Certificates that openssl made, in files of their own. */
export class CertificateMaker {
  readonly dir = mkdtempSync(join(tmpdir(), 'coalmine-tls-'));
  #made = 0;

  /** A certificate that vouches for itself, for these hosts, and its key. */
  make(...hosts: readonly string[]): PemCertificate {
    this.#made += 1;
    const certificate = join(this.dir, `${this.#made}.pem`);
    const key = join(this.dir, `${this.#made}-key.pem`);
    const names = hosts.map((host) => (/^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`)).join();
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const subject = [
      '-subj',
      `/CN=${hosts[0] ?? 'nobody'} ${this.#made}`,
      '-addext',
      `subjectAltName=${names}`,
    ];
    execFileSync(
      'openssl',
      ['req', '-x509', ...curve, '-days', '2', ...subject, '-keyout', key, '-out', certificate],
      {
        stdio: 'ignore',
      },
    );
    return {
      files: { certificate, key },
      cert: readFileSync(certificate, 'utf8'),
      key: readFileSync(key, 'utf8'),
    };
  }

  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
