/** Writes one line of JSON to standard output, which the launcher has connected to an append-only file. */
export function log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const line = { time: new Date().toISOString(), pid: process.pid, message, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
