import type { Job } from './io.ts';

/** Asks a person at the terminal; Ctrl-C meanwhile is told to `onInterrupt`. */
export async function askTerminal(
  question: string,
  signal: AbortSignal,
  onInterrupt: () => void,
): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', onInterrupt);
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
}

/** The keys that are pressed. In raw mode a key comes at once, Ctrl-C too, which is no signal then: it is told. */
export async function* pressedKeys(signal: AbortSignal, onInterrupt: () => void): AsyncIterable<string> {
  const { EventEmitter } = await import('node:events');
  const { stdin } = process;
  stdin.setEncoding('utf8').setRawMode(true);
  try {
    for await (const [text] of EventEmitter.on(stdin, 'data', { signal }) as AsyncIterable<[string]>) {
      if (text === '\u0003') onInterrupt();
      else yield text;
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
  }
}

/** This process as a job of its terminal. It minds signals only while something is guarded. */
export function terminalJob(): Job {
  const guarded = new Set<Parameters<Job['guard']>[0]>();
  let wasRaw = false;
  const leave = (): void => {
    const { stdin } = process;
    // Absent where it is no terminal.
    wasRaw = (stdin.isRaw as boolean | undefined) === true;
    if (wasRaw) stdin.setRawMode(false);
    for (const one of guarded) one.leave();
  };
  const onStop = (): void => {
    leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  const onContinue = (): void => {
    if (wasRaw) process.stdin.setRawMode(true);
    for (const one of guarded) one.enter();
  };
  return {
    guard: (terminal) => {
      if (guarded.size === 0) process.on('exit', leave).on('SIGTSTP', onStop).on('SIGCONT', onContinue);
      guarded.add(terminal);
      return () => {
        guarded.delete(terminal);
        if (guarded.size === 0) process.off('exit', leave).off('SIGTSTP', onStop).off('SIGCONT', onContinue);
      };
    },
    // Of the whole group, as a terminal does it: whoever started this command stops too.
    stop: () => process.kill(0, 'SIGTSTP'),
  };
}
