import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Files of a certificate and its key. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes an authority of its own in a directory. */
export async function authority(dir: string, name: string): Promise<Certificate> {
  const files = filesOf(dir, name);
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-keyout', files.keyFile, '-out', files.certFile],
  ]);
  return files;
}

/** Makes a certificate for `subject`, such as `DNS:localhost` or `IP:127.0.0.1`, signed by `by`. */
export async function certificate(
  dir: string,
  subject: { readonly name: string; readonly altName: string },
  by: Certificate,
): Promise<Certificate> {
  const files = filesOf(dir, subject.name);
  const request = join(dir, `${subject.name}.csr`);
  const extensions = join(dir, `${subject.name}.ext`);
  await writeFile(extensions, `subjectAltName=${subject.altName}\n`);
  await run('openssl', [
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', `/CN=${subject.name}`, '-keyout', files.keyFile, '-out', request],
  ]);
  await run('openssl', [
    ...['x509', '-req', '-in', request, '-CA', by.certFile, '-CAkey', by.keyFile, '-days', '2'],
    ...['-extfile', extensions, '-out', files.certFile],
  ]);
  return files;
}

function filesOf(dir: string, name: string): Certificate {
  return { certFile: join(dir, `${name}.pem`), keyFile: join(dir, `${name}.key`) };
}
