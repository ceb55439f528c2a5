import type { Names, Reach } from '../api/access/reach.ts';
import { certificateInFiles } from '../api/tls-certificate.ts';
import type { CertificateFiles } from '../gateway/protocol.ts';

/** Where the control process answers over TCP. */
export interface ApiPlace {
  /** 0: any that is free. */
  readonly port: number;
  readonly names: Names;
  /** Its certificate; absent: it speaks plain HTTP. */
  readonly files?: CertificateFiles;
}

/** That place, as a server takes it. */
export function placed({ port, names, files }: ApiPlace): { readonly port: number; readonly reach: Reach } {
  return { port, reach: files === undefined ? names : { ...names, certificate: certificateInFiles(files) } };
}
