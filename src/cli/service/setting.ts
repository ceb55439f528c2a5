import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { isMissing } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import { listeningOf, type Listening } from '../listening.ts';
import type { Session } from '../session.ts';
import { refuseUnwritable } from './unit-file.ts';
import type { ServiceSetting } from './units.ts';

const ANSWER_WITHIN_MS = 10_000;

/** What every subcommand of `service` takes. */
export interface ServiceOptions {
  readonly user?: boolean;
  readonly unitDir?: string;
}

/** What `service install` takes besides. */
export interface InstallOptions extends ServiceOptions, Listening {
  readonly gatewayWorkers: number;
  readonly runAs?: string;
  readonly dryRun?: boolean;
  readonly print?: boolean;
}

/** Where units are read and written. */
export function unitDirectory(session: Session, { user, unitDir }: ServiceOptions): string {
  const { env } = session.io;
  if (unitDir !== undefined) return session.path(unitDir);
  if (user !== true) return '/etc/systemd/system';
  const home = env['HOME'] ?? userInfo().homedir;
  return join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'systemd', 'user');
}

/** What the units are to run. Throws Failure for what could not work. */
export async function settingOf(session: Session, options: InstallOptions): Promise<ServiceSetting> {
  const { dataDir, io } = session;
  const { gatewayHost, gatewayWorkers } = options;
  refuseUnwritable(dataDir);
  if (isIP(gatewayHost) === 0) {
    throw new Failure('usage', `--gateway-host ${gatewayHost} is not an IP address`, {
      hint: 'Name one, as 0.0.0.0 for every address of this machine.',
    });
  }
  refusePorts(options);
  const runAs = runAsOf(session, options);
  if (runAs !== undefined) await refuseOtherOwner(dataDir, runAs);
  return {
    dataDir,
    gatewayWorkers,
    ...listeningOf(options, (written) => session.path(written)),
    ...(runAs === undefined ? {} : { runAs }),
    node: process.execPath,
    entry: io.entry,
    // Both are built to lie side by side.
    gatewayEntry: join(dirname(dirname(io.entry)), 'gateway', 'main.js'),
  };
}

function refusePorts({ gatewayPort, gatewayTlsPort }: InstallOptions): void {
  if (gatewayPort === 0 || gatewayTlsPort === 0) {
    throw new Failure('usage', 'a service listens on a fixed port, not on any that is free', {
      hint: 'Name one, as in --gateway-port 80 --gateway-tls-port 443.',
    });
  }
  if (gatewayPort !== gatewayTlsPort) return;
  throw new Failure('usage', `--gateway-port and --gateway-tls-port are both ${gatewayPort}`, {
    hint: 'HTTP and HTTPS need a port each.',
  });
}

/** Who was meant by `sudo`, unless another is named. */
function runAsOf({ io }: Session, { user, runAs }: InstallOptions): string | undefined {
  if (user !== true) return runAs ?? io.env['SUDO_USER'] ?? userInfo().username;
  if (runAs === undefined) return undefined;
  throw new Failure('usage', '--run-as does not go with --user', {
    hint: 'A unit of your own service manager runs as you.',
  });
}

async function refuseOtherOwner(dataDir: string, name: string): Promise<void> {
  const id = await userId(name);
  if (id === undefined) {
    throw new Failure('usage', `there is no user "${name}" on this machine`, {
      hint: 'Name the user that coalmine is to run as with --run-as.',
    });
  }
  const owner = await stat(dataDir).then(
    ({ uid }) => uid,
    (error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    },
  );
  if (owner === undefined || owner === id) return;
  throw new Failure('usage', `${dataDir} belongs to user ${owner}, and ${name} is ${id}`, {
    hint: 'Run it as its owner (--run-as), or choose another --data-dir.',
  });
}

function userId(name: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile('id', ['-u', '--', name], { timeout: ANSWER_WITHIN_MS }, (error, out) => {
      resolve(error === null ? Number(out) : undefined);
    });
  });
}
