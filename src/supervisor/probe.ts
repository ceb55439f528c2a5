import { spawn } from 'node:child_process';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expandVariables, type Environment } from '../base/environment.ts';
import { formatDuration } from '../base/duration.ts';
import type { Probe } from '../rollout/model.ts';
import { unreachable } from '../base/unreachable.ts';
import { PROBE_MARK } from './marks.ts';
import { signalGroup } from '../system/signals.ts';
import { within } from '../system/waiting.ts';

/** Of an HTTP answer, no more than this is read. */
const BODY_LIMIT_BYTES = 64 * 1_024;

/** What one question was answered. */
export type ProbeAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Whom to ask. */
export interface ProbeTarget {
  readonly port: number;
  /** The instance's whole environment and directory, for commands. */
  readonly env: Environment;
  readonly cwd: string;
}

/** Asks once. Never throws; an answer comes within the probe's timeout. */
export async function askProbe(probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeAnswer> {
  const limit = { ms: probe.timeoutMs, signal };
  const { result, late } = await within(limit, (either) => ask(probe.check, target, either));
  if (result.ok || !late) return result;
  return { ok: false, reason: `no answer within ${formatDuration(probe.timeoutMs)} on port ${target.port}` };
}

function ask(check: Probe['check'], target: ProbeTarget, signal: AbortSignal): Promise<ProbeAnswer> {
  switch (check.kind) {
    case 'http':
      return askHttp(check.path, target.port, signal);
    case 'tcp':
      return askTcp(target.port, check.heldMs ?? 0, signal);
    case 'command':
      return askCommand(check.command, target, signal);
    default:
      return unreachable(check);
  }
}

/** 200 to 399 is yes; redirects are not followed. The connection is closed afterwards. */
function askHttp(path: string, port: number, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      resolve({ ok: false, reason: connectionReason(error, port) });
    };
    try {
      const options = {
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        signal,
        headers: { 'user-agent': 'coalmine-probe' },
      };
      get(options, (response) => {
        discard(response, () => {
          resolve(judgeStatus(response.statusCode ?? 0, path));
        });
        response.once('error', fail);
      }).on('error', fail);
    } catch (error) {
      resolve({ ok: false, reason: `cannot ask for ${path}: ${String(error)}` });
    }
  });
}

function judgeStatus(status: number, path: string): ProbeAnswer {
  return status >= 200 && status < 400
    ? { ok: true }
    : { ok: false, reason: `GET ${path} answered ${status}` };
}

function discard(response: IncomingMessage, done: () => void): void {
  let received = 0;
  response.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received <= BODY_LIMIT_BYTES) return;
    done();
    response.destroy();
  });
  response.once('end', done);
}

function askTcp(port: number, heldMs: number, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal });
    const hold = (): void => {
      resolve({ ok: true });
      socket.destroy();
    };
    socket.once('connect', () => {
      if (heldMs === 0) hold();
      else socket.setTimeout(heldMs, hold).resume();
    });
    socket.once('close', () => {
      resolve({ ok: false, reason: `connection closed at once on port ${port}` });
    });
    socket.on('error', (error) => {
      resolve({ ok: false, reason: connectionReason(error, port) });
    });
  });
}

/** Exit status 0 is yes. What the command prints is nobody's; what it started dies with it. */
function askCommand(
  command: readonly string[],
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const [file = '', ...args] = command.map((word) => expandVariables(word, target.env));
  return new Promise((resolve) => {
    const env = { ...target.env, ...PROBE_MARK };
    const child = spawn(file, args, { cwd: target.cwd, env, stdio: 'ignore', detached: true });
    const kill = (): void => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    };
    signal.addEventListener('abort', kill, { once: true });
    child.once('error', (error) => {
      resolve({ ok: false, reason: `cannot run ${file}: ${error.message}` });
    });
    child.once('exit', (code, killedBy) => {
      signal.removeEventListener('abort', kill);
      kill();
      resolve(
        code === 0
          ? { ok: true }
          : { ok: false, reason: `${file} ended with ${killedBy ?? `code ${code ?? 0}`}` },
      );
    });
  });
}

function connectionReason(error: Error, port: number): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ECONNREFUSED') return `connection refused on port ${port}`;
  if (code === 'ECONNRESET') return `connection closed without an answer on port ${port}`;
  if (code.startsWith('HPE_')) return `no valid HTTP on port ${port}`;
  return `${error.message} (port ${port})`;
}
