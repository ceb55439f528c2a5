import type { Server } from 'node:https';
import { messageOf } from '../base/failure.ts';
import type { CertificateFiles } from '../gateway/protocol.ts';
import { readCertificate, timeProblem } from '../gateway/tls/certificate.ts';
import { TLS_RULES } from '../gateway/tls/secure-contexts.ts';
import { Kept, type Keeping, type Source } from '../system/kept.ts';
import { fileVersion } from '../system/secret.ts';

/** A chain, the server's own certificate first, and its key, both in PEM. */
export interface PemPair {
  readonly cert: string;
  readonly key: string;
}

/** Where a certificate comes from that changes from time to time. */
export type CertificateSource = Source<PemPair>;

/** A certificate and its key in files. */
export function certificateInFiles(files: CertificateFiles): CertificateSource {
  return {
    version: async () => {
      const looks = [files.certificate, files.key].map((path) => fileVersion(path).catch(messageOf));
      return (await Promise.all(looks)).join(' ');
    },
    read: () => readCertificate(files),
  };
}

/** Reads a server's certificate first. Throws Failure for what cannot serve. */
export function firstCertificate(source: CertificateSource): Promise<Kept<PemPair>> {
  return Kept.of(source, 'the one before is shown');
}

/** Shows a server's clients the newest certificate, from the next handshake on, until the signal. */
export function keepCertificate(
  server: Pick<Server, 'setSecureContext'>,
  certificate: Kept<PemPair>,
  keeping: Keeping<PemPair>,
): Promise<void> {
  return certificate.keep({
    ...keeping,
    onChange: (pair) => {
      server.setSecureContext({ ...TLS_RULES, cert: pair.cert, key: pair.key });
      keeping.onChange?.(pair);
    },
  });
}

/** What is wrong with the certificate of the API: with what came last, and with the time of the one that is shown. */
export function certificateProblems({ value, problem }: Kept<PemPair>, nowMs: number): readonly string[] {
  const time = timeProblem(value.cert, nowMs);
  return [problem ?? [], time === undefined ? [] : `the certificate of the API ${time}`].flat();
}
