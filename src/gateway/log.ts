import { writeSync } from 'node:fs';

/** Writes one line of JSON to standard output, which the launcher has connected to an append-only file. */
export function log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const line = { time: new Date().toISOString(), pid: process.pid, message, ...fields };
  try {
    writeSync(1, `${JSON.stringify(line)}\n`);
  } catch {
    // A full disk or a closed pipe is no reason to stop serving.
  }
}
