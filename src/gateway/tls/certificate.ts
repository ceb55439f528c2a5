import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Failure, messageOf } from '../../base/failure.ts';
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

/** What is wrong with a certificate that can serve all the same: its time, or its names. */
export function certificateProblem(
  { files, cert }: Certificate,
  { host, nowMs }: { readonly host: string | undefined; readonly nowMs: number },
): string | undefined {
  const own = new X509Certificate(cert);
  const untilMs = Date.parse(own.validTo);
  if (untilMs <= nowMs) return `the certificate ${files.certificate} has expired (${own.validTo})`;
  if (Date.parse(own.validFrom) > nowMs)
    return `the certificate ${files.certificate} is not yet valid (from ${own.validFrom})`;
  if (host !== undefined && !covers(own, host))
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
      hint: 'The gateway runs as the user who started coalmine, and must be able to read it.',
      cause,
    });
  }
}
