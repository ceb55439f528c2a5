import { Failure } from '../../base/failure.ts';
import type { SshAddress } from './ssh-address.ts';

/** What `ssh` or the other machine's `sshd` may say, in the words of OpenSSH, and what to do about it. */
const KNOWN: readonly (readonly [said: RegExp, hint: (address: SshAddress) => string])[] = [
  [
    /Permission denied/,
    () => 'No password is asked for: load a key with ssh-add, or name one in ~/.ssh/config (IdentityFile).',
  ],
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    (address) => `Look at its key first, by connecting once yourself: ${command(address)}`,
  ],
  [/Could not resolve hostname/, () => 'Is the name right? Names of ~/.ssh/config may be used as well.'],
  [
    /open failed: connect failed/,
    ({ socketPath }) =>
      // An sshd answers all of these alike.
      `Nobody listens at ${socketPath} there, or this user may not (is coalmine up, is that its data directory?), or its sshd passes no sockets on (AllowStreamLocalForwarding in sshd_config).`,
  ],
];

/** True for what is said of a connection through the tunnel, not of the tunnel. */
export function isAboutChannel(line: string): boolean {
  return /^channel \d+: open failed/.test(line);
}

/** Why another machine cannot be reached, of what `ssh` said of it. */
export function sshFailure(address: SshAddress, said: string, cause?: unknown): Failure {
  const lines = said
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Warning:'));
  const known = KNOWN.find(([pattern]) => lines.some((line) => pattern.test(line)));
  const line = lines.findLast((one) => known?.[0].test(one) ?? true) ?? 'ssh ended without a word';
  const isForbidden = /Permission denied/.test(line);
  return new Failure(isForbidden ? 'notPermitted' : 'unreachable', `${address.name}: ${line}`, {
    hint: known?.[1](address) ?? `Try it yourself: ${command(address)}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

function command({ host, user, port }: SshAddress): string {
  return [
    'ssh',
    ...(port === undefined ? [] : ['-p', String(port)]),
    user === undefined ? host : `${user}@${host}`,
  ].join(' ');
}
