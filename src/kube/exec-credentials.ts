import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import { hasCode } from '../base/errno.ts';
import type { Credentials, Identity } from './access.ts';
import { listIn, objectFrom, objectIn, objectsIn, textIn } from './json-fields.ts';
import type { KubeconfigPart } from './kubeconfig-part.ts';
import type { Surroundings } from './user-credentials.ts';

const RUN_WITHIN_MS = 60_000;
const MOST_OUTPUT_BYTES = 1024 * 1024;
/** What a token is replaced before it runs out: clocks differ, and requests are on their way for a while. */
const EARLY_MS = 10_000;
const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** The program that tells who we are, as a configuration describes it. */
interface Plugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly hint: string | undefined;
}

interface Known {
  readonly identity: Identity;
  /** Wall clock, milliseconds; absent: it does not run out. */
  readonly until: number | undefined;
}

/** What a program says that the user has configured, run again when that runs out or is refused. */
export function execCredentials(user: KubeconfigPart, around: Surroundings): Credentials {
  const plugin = pluginOf(user, around);
  let known: Known | undefined;
  let running: Promise<Known> | undefined;
  const anew = async (): Promise<Known> => {
    try {
      known = knownOf(await output(plugin), plugin);
      return known;
    } finally {
      running = undefined;
    }
  };
  return {
    current: async () => {
      const isFresh = known !== undefined && (known.until === undefined || Date.now() < known.until);
      if (known !== undefined && isFresh) return known.identity;
      // Requests that come meanwhile wait for the one run.
      running ??= anew();
      return (await running).identity;
    },
    refused: (identity) => {
      if (known?.identity === identity) known = undefined;
    },
  };
}

function pluginOf({ fields, dir }: KubeconfigPart, around: Surroundings): Plugin {
  const exec = objectIn(fields, 'exec');
  const apiVersion = textIn(exec, 'apiVersion') ?? '';
  const command = textIn(exec, 'command');
  if (command === undefined || !VERSIONS.includes(apiVersion))
    throw new Failure('usage', 'the `exec` of the user needs a command, and an apiVersion of these:', {
      hint: VERSIONS.join(', '),
    });
  if (exec['interactiveMode'] === 'Always')
    throw new Failure('usage', `${command} wants to ask somebody at a terminal, and here is none`);
  return {
    apiVersion,
    command: /[/\\]/.test(command) ? resolve(dir, command) : command,
    args: listIn(exec, 'args').map(String),
    env: { ...around.env, ...variablesOf(exec), KUBERNETES_EXEC_INFO: infoOf(exec, apiVersion, around) },
    hint: textIn(exec, 'installHint'),
  };
}

function variablesOf(exec: JsonObject): NodeJS.ProcessEnv {
  const pairs = objectsIn(exec, 'env');
  return Object.fromEntries(pairs.map((pair) => [textIn(pair, 'name') ?? '', textIn(pair, 'value') ?? '']));
}

function infoOf(exec: JsonObject, apiVersion: string, { access, cluster }: Surroundings): string {
  const { server, ca, serverName, insecure } = access;
  const own = objectsIn(cluster.fields, 'extensions').find(
    ({ name }) => name === 'client.authentication.k8s.io/exec',
  );
  const told = {
    server,
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
    ...(insecure === true ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(own === undefined ? {} : { config: own['extension'] }),
  };
  const spec = { interactive: false, ...(exec['provideClusterInfo'] === true ? { cluster: told } : {}) };
  return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
}

function output({ command, args, env, hint }: Plugin): Promise<string> {
  const limits = { timeout: RUN_WITHIN_MS, maxBuffer: MOST_OUTPUT_BYTES, killSignal: 'SIGKILL' } as const;
  return new Promise((done, failed) => {
    const child = execFile(command, [...args], { env, ...limits }, (error, stdout, stderr) => {
      if (error === null) {
        done(stdout);
        return;
      }
      const why = whyFailed(error, stderr);
      // Its output is left out: it may be a token.
      failed(
        new Failure('notPermitted', `cannot ask ${command} who we are: ${why}`, {
          ...(hint === undefined ? {} : { hint }),
        }),
      );
    });
    child.stdin?.end();
  });
}

function whyFailed(error: Error & { readonly killed?: boolean }, stderr: string): string {
  if (hasCode(error, 'ENOENT')) return 'there is no such program';
  if (error.killed === true) return `it did not end within ${RUN_WITHIN_MS / 1_000} s`;
  return stderr.trim().split('\n').at(-1) ?? 'it failed';
}

function knownOf(text: string, { command, apiVersion }: Plugin): Known {
  const said = objectFrom(text) ?? {};
  const status = objectIn(said, 'status');
  const identity = identityIn(status);
  const isRight = said['kind'] === 'ExecCredential' && said['apiVersion'] === apiVersion;
  if (!isRight || identity === undefined)
    throw new Failure('notPermitted', `${command} does not answer with an ExecCredential of ${apiVersion}`);
  const expiry = Date.parse(textIn(status, 'expirationTimestamp') ?? '');
  return { identity, until: Number.isNaN(expiry) ? undefined : expiry - EARLY_MS };
}

function identityIn(status: JsonObject): Identity | undefined {
  const token = textIn(status, 'token');
  const [cert, key] = [textIn(status, 'clientCertificateData'), textIn(status, 'clientKeyData')];
  const certificate = cert === undefined || key === undefined ? {} : { certificate: { cert, key } };
  if (token !== undefined) return { authorization: `Bearer ${token}`, ...certificate };
  return 'certificate' in certificate ? certificate : undefined;
}
