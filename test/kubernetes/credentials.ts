import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Who may do everything. */
export const ADMIN_TOKEN = 'token-of-the-administrator';
/** Who may do nothing until a role is bound to the user `nobody`. */
export const NOBODY_TOKEN = 'token-of-nobody';

/** Two people who may do nothing until a role is bound to them: `ana`, of the group `release-managers`, and `ben`. */
export const PEOPLE_TOKENS = { ana: 'token-of-ana', ben: 'token-of-ben' } as const;

/** Files that a control plane is started with. */
export interface PlaneFiles {
  readonly dir: string;
  readonly kubeconfig: string;
  /** Of the API server; vouches for itself. */
  readonly certificate: string;
  readonly key: string;
  /** Who vouches for certificates of clients, and with which key. */
  readonly clientCa: string;
  readonly clientCaKey: string;
  readonly tokens: string;
  /** Signs the tokens of service accounts. */
  readonly accountKey: string;
}

/** As the API server reads them: token, name, id, groups. */
const TOKENS = [
  `${ADMIN_TOKEN},admin,1,system:masters`,
  `${NOBODY_TOKEN},nobody,2,`,
  `${PEOPLE_TOKENS.ana},ana,3,release-managers`,
  `${PEOPLE_TOKENS.ben},ben,4`,
  '',
].join('\n');

/** Makes the files that a control plane is started with. */
export async function makeCredentials(parent: string, server: string): Promise<PlaneFiles> {
  const dir = join(parent, 'credentials');
  await mkdir(dir);
  const files: PlaneFiles = {
    dir,
    kubeconfig: join(dir, 'kubeconfig'),
    certificate: join(dir, 'server.pem'),
    key: join(dir, 'server-key.pem'),
    clientCa: join(dir, 'client-ca.pem'),
    clientCaKey: join(dir, 'client-ca-key.pem'),
    tokens: join(dir, 'tokens.csv'),
    accountKey: join(dir, 'account-key.pem'),
  };
  await Promise.all([
    selfSigned(files.certificate, files.key, 'kube-apiserver'),
    selfSigned(files.clientCa, files.clientCaKey, 'client-ca'),
    run('openssl', ['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', files.accountKey]),
    writeFile(files.tokens, TOKENS),
  ]);
  await writeFile(files.kubeconfig, kubeconfigText(server, await readFile(files.certificate, 'utf8')));
  return files;
}

async function selfSigned(certificate: string, key: string, name: string): Promise<void> {
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ...['-keyout', key, '-out', certificate],
  ]);
}

/** The configuration of a client, by default of one who may do everything. */
export function kubeconfigText(server: string, ca: string, token = ADMIN_TOKEN): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
    clusters: [
      {
        name: 'test',
        cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    users: [{ name: 'test', user: { token } }],
  });
}
