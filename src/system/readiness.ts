import { execFile } from 'node:child_process';

const TELL_WITHIN_MS = 5_000;

/**
 * Tells the service manager that started this process, if one asked to be told (`NOTIFY_SOCKET`, as systemd's
 * `Type=notify` does), that it is ready. Answers why it could not; undefined when all is well.
 */
export function tellReady(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  if (env['NOTIFY_SOCKET'] === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    // Node has no datagram sockets of the kind that is asked for; systemd brings the command.
    execFile('systemd-notify', ['--ready'], { env: { ...env }, timeout: TELL_WITHIN_MS }, (error) => {
      resolve(error === null ? undefined : `systemd cannot be told that this is ready: ${error.message}`);
    });
  });
}
