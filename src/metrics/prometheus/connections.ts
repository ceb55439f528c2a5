import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import { Failure, messageOf } from '../../base/failure.ts';
import { fileVersion } from '../../system/secret.ts';
import type { TlsFiles, TlsSettings } from './settings.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** More would only queue up inside the server, whose default is 20 queries at once for everybody. */
const MOST_CONNECTIONS = 6;

/** Kept-alive connections, made anew when the files of the TLS settings change. */
export interface Connections {
  /** Throws Failure when a file cannot be read. */
  current(): Promise<Agent>;
  close(): Promise<void>;
}

/** Connections to one server. */
export function connections(tls: TlsSettings = {}): Connections {
  let known: { readonly version: string; readonly agent: Agent } | undefined;
  return {
    current: async () => {
      const given = await tls.read?.();
      const version = given?.version ?? (await versionOf(tls));
      if (known?.version === version) return known.agent;
      const agent = agentWith(connectOptions(tls, given ?? (await filesOf(tls))));
      // Requests under way end on the old connections; a close cannot fail then.
      void known?.agent.close();
      known = { version, agent };
      return agent;
    },
    close: async () => {
      await known?.agent.destroy();
    },
  };
}

function agentWith(connect: ConnectOptions): Agent {
  return new Agent({
    connections: MOST_CONNECTIONS,
    pipelining: 1,
    connect: { ...connect, timeout: CONNECT_TIMEOUT_MS },
  });
}

interface ConnectOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

function connectOptions(
  { serverName, insecure }: TlsSettings,
  { ca, cert, key }: Omit<TlsFiles, 'version'>,
): ConnectOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  };
}

async function filesOf({ caFile, certFile, keyFile }: TlsSettings): Promise<Omit<TlsFiles, 'version'>> {
  return {
    ...(caFile === undefined ? {} : { ca: await readPem(caFile) }),
    ...(certFile === undefined ? {} : { cert: await readPem(certFile) }),
    ...(keyFile === undefined ? {} : { key: await readPem(keyFile) }),
  };
}

async function versionOf({ caFile, certFile, keyFile }: TlsSettings): Promise<string> {
  const files = [caFile, certFile, keyFile].filter((file) => file !== undefined);
  return (await Promise.all(files.map((file) => fileVersion(file).catch(unreadable(file))))).join(' ');
}

function readPem(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(unreadable(file));
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    throw new Failure('notFound', `cannot read the TLS file ${file}: ${messageOf(error)}`, {
      hint: 'The file must exist and be readable by the user who runs coalmine.',
      cause: error,
    });
  };
}
