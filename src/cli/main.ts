#!/usr/bin/env node
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../base/version.ts';
import { INTERRUPTED, type Io } from './io.ts';
import { askTerminal, pressedKeys, terminalJob } from './terminal.ts';

/** How long open handles may keep the process once its command has ended. */
const LINGER_MS = 2_000;

const interruption = new AbortController();
let isAsked = false;
/** The program that signals are for. */
let foreground: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (foreground !== undefined) {
      // A terminal has sent it to both already.
      if (signal !== 'SIGINT') passOn(foreground, signal);
      return;
    }
    // Who asks twice does not want to wait.
    if (isAsked && signal === 'SIGINT') process.exit(INTERRUPTED);
    isAsked = true;
    interruption.abort();
  });
}
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: Error & { code?: string }) => {
    // Whoever read has gone, as `head` does: nothing is wrong, and nobody is left to tell.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

const interrupt = (): void => {
  interruption.abort();
};

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  interrupted: interruption.signal,
  entry: fileURLToPath(import.meta.url),
  isPlugin: basename(process.argv[1] ?? '').startsWith('kubectl-coalmine'),
  handOver: (pid) => {
    foreground = pid;
  },
  job: terminalJob(),
  ...(process.stdin.isTTY && process.stderr.isTTY
    ? { ask: (question, signal) => askTerminal(question, signal, interrupt) }
    : {}),
  ...(process.stdin.isTTY ? { keys: (signal) => pressedKeys(signal, interrupt) } : {}),
};

process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), LINGER_MS).unref();

async function main(argv: readonly string[]): Promise<number> {
  // Asked by scripts and prompts again and again: answered before anything is loaded.
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const { run } = await import('./run.ts');
  return run(argv, io);
}

function passOn(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended just now, and this command is about to.
  }
}
