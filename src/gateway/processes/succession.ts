import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { gatewayEnvironment } from './environment.ts';
import { sendEstate, type FromSuccessor, type ToSuccessor } from './estate.ts';
import { log } from '../log.ts';
import type { Master } from './master.ts';
import type { FromWorker, ToWorker } from '../protocol.ts';

/** From the start of the new master until its workers serve, and for each further step. */
const STEP_WITHIN_MS = 20_000;
/** How long requests and WebSockets under way may go on where they are; new ones go to the successor. */
const RETIRE_MS = 600_000;
/** And when the successor dies, so that whoever comes next finds little of the past. */
const ORPHAN_RETIRE_MS = 10_000;
const SIGN_EVERY_MS = 1_000;

/** Who is to go on. */
export interface SuccessionOrder {
  /** The Node that runs it. */
  readonly node: string;
  /** The path of the built `gateway/main.js`. */
  readonly entry: string;
}

/** What a succession needs of the process that is succeeded. */
export interface SuccessionOptions {
  readonly dir: string;
  readonly workers: number;
  readonly master: Master;
  /** The control socket is left alone while another process takes it, and again looked after when that fails. */
  readonly lookAway: (isAway: boolean) => void;
  /** Everything that was under way has ended. */
  readonly onEnded: () => void;
}

/** Reads an order; throws Failure `usage`. */
export function readSuccessionOrder(value: unknown): SuccessionOrder {
  const [node, entry] = isJsonObject(value) ? [value['node'], value['entry']] : [];
  if (!isProgram(node) || !isProgram(entry))
    throw new Failure('usage', 'node and entry must be absolute paths of files that are there');
  return { node, entry };
}

function isProgram(path: unknown): path is string {
  return typeof path === 'string' && isAbsolute(path) && existsSync(path);
}

/**
 * Starts a new master and gives it the sockets, the config and the counters, while this one goes on serving; once the
 * new one serves and has the control socket, this one ends what it has under way and counts that for the new one.
 * Answers its pid. Until then anything may fail, and nothing has changed: throws Failure `unreachable`.
 */
export async function succeed(order: SuccessionOrder, options: SuccessionOptions): Promise<number> {
  const { master, lookAway } = options;
  const heir = startHeir(order, options);
  try {
    await master.bequeath(async (estate, sockets) => {
      sendEstate(tellerOf(heir), estate, sockets);
      await answerOf(heir, 'ready');
      lookAway(true);
      tellerOf(heir)({
        kind: 'yours',
        ...master.forwardCounters((news) => {
          say(heir, { kind: 'report', asked: false, ...news, inflight: master.underWay() });
        }),
      });
      await answerOf(heir, 'serving');
    });
  } catch (cause) {
    heir.kill('SIGKILL');
    master.forwardCounters(undefined);
    lookAway(false);
    throw new Failure('unreachable', 'the new gateway did not take over; the one before goes on', {
      hint: `Its log is gateway.log in ${options.dir}.`,
      cause,
    });
  }
  log('gateway: succeeded', { by: heir.pid });
  void retire(heir, options);
  return heir.pid ?? 0;
}

function startHeir({ node, entry }: SuccessionOrder, { dir, workers }: SuccessionOptions): ChildProcess {
  const heir = spawn(node, [entry, '--dir', dir, '--workers', String(workers), '--succeed'], {
    cwd: dir,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: gatewayEnvironment(),
  });
  heir.on('error', () => undefined);
  return heir;
}

function tellerOf(heir: ChildProcess) {
  return (message: ToSuccessor, raw?: Parameters<ChildProcess['send']>[1]): void => {
    if (heir.connected) heir.send(message, raw, () => undefined);
  };
}

function answerOf(heir: ChildProcess, kind: FromSuccessor['kind']): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      clearTimeout(timer);
      heir.off('message', onMessage).off('exit', onExit).off('error', onExit);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onMessage = (message: FromSuccessor): void => {
      if (message.kind === kind) end();
    };
    const onExit = (): void => {
      end(new Error('it has ended'));
    };
    const timer = setTimeout(() => {
      end(new Error(`it was not ${kind} within ${STEP_WITHIN_MS} ms`));
    }, STEP_WITHIN_MS);
    heir.on('message', onMessage).on('exit', onExit).on('error', onExit);
    if (heir.exitCode !== null || heir.signalCode !== null) onExit();
  });
}

/** To the successor this process is one more worker, which takes no new requests. */
async function retire(heir: ChildProcess, { master, onEnded }: SuccessionOptions): Promise<void> {
  heir.on('message', (message: ToWorker) => {
    // A worker that does not say what it has under way is no answer either.
    obey(message, heir, master).catch(() => undefined);
  });
  heir.once('exit', () => {
    void master.retire(ORPHAN_RETIRE_MS);
  });
  const signs = setInterval(() => {
    say(heir, { kind: 'report', asked: false, counters: [], inflight: master.underWay() });
  }, SIGN_EVERY_MS);
  await master.retire(RETIRE_MS);
  clearInterval(signs);
  // What was counted last has been sent before this channel closes.
  if (heir.connected) heir.disconnect();
  onEnded();
}

async function obey(message: ToWorker, heir: ChildProcess, master: Master): Promise<void> {
  if (message.kind === 'config') {
    await master.follow(message.config);
    say(heir, { kind: 'configured', version: message.config.version });
  } else if (message.kind === 'report') {
    const { endpoints } = await master.inflight();
    say(heir, { kind: 'report', asked: true, counters: [], inflight: endpoints });
  } else if (message.kind === 'drain') void master.retire(message.drainMs);
}

function say(heir: ChildProcess, message: FromWorker): void {
  if (heir.connected) heir.send(message, () => undefined);
}
