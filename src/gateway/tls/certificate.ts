import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Failure, messageOf } from '../../base/failure.ts';
import { lifetimeOf } from '../../system/certificate-lifetime.ts';
import type { CertificateFiles } from '../protocol.ts';

/** A certificate with its key, both in PEM, as they were read. */
export interface Certificate {
  readonly files: CertificateFiles;
  /** The chain, the server's own first. */
  readonly cert: string;
  readonly key: string;
}

/** Reads a certificate and its key; throws Failure `usage`, naming the file, when they cannot serve. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([
    readPem(files.certificate, 'certificate'),
    readPem(files.key, 'key'),
  ]);
  try {
    // A context passes over what is empty, as a file is that is being written.
    new X509Certificate(cert);
    createPrivateKey(key);
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new Failure(
      'usage',
      `the certificate ${files.certificate} cannot serve with the key ${files.key}: ${messageOf(cause)}`,
      {
        hint: 'Both must be PEM and belong together, the key without a passphrase; `openssl x509 -in FILE -text` shows a certificate.',
        cause,
      },
    );
  }
  return { files, cert, key };
}

/** What is renewed in time never gets so near its end: a fifth of its time, or 14 days of a long one. */
const SHARE_LEFT = 0.2;
const DAYS_LEFT_MS = 14 * 86_400_000;

/** What is wrong with the time of a certificate, said of it; that it is over soon, too. */
export function timeProblem(cert: string, nowMs: number): string | undefined {
  const certificate = new X509Certificate(cert);
  const { validFrom, validTo } = certificate;
  const { fromMs, untilMs } = lifetimeOf(certificate);
  if (untilMs <= nowMs) return `has expired (${validTo})`;
  if (fromMs > nowMs) return `is not yet valid (from ${validFrom})`;
  const isSoon = untilMs - nowMs < Math.min(DAYS_LEFT_MS, SHARE_LEFT * (untilMs - fromMs));
  return isSoon ? `expires soon (${validTo}), and was not renewed` : undefined;
}

/** What is wrong with a certificate that can serve all the same: its time, or its names. */
export function certificateProblem(
  { files, cert }: Certificate,
  { host, nowMs }: { readonly host: string | undefined; readonly nowMs: number },
): string | undefined {
  const time = timeProblem(cert, nowMs);
  if (time !== undefined) return `the certificate ${files.certificate} ${time}`;
  if (host !== undefined && !covers(new X509Certificate(cert), host))
    return `the certificate ${files.certificate} is not for ${host}`;
  return undefined;
}

function covers(certificate: X509Certificate, host: string): boolean {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return (isIP(bare) === 0 ? certificate.checkHost(bare) : certificate.checkIP(bare)) !== undefined;
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Failure('usage', `the ${what} ${path} cannot be read: ${messageOf(cause)}`, {
      hint: 'coalmine runs as the user who started it, and must be able to read it.',
      cause,
    });
  }
}
