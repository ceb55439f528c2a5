import { posix } from 'node:path';
import { Failure } from '../../base/failure.ts';

/** The control socket of another machine. */
export interface SshAddress {
  /** As it was written, for people. */
  readonly name: string;
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  readonly socketPath: string;
}

/** Where `service install` is usually told to keep the data. */
const USUAL_DATA_DIR = '/var/lib/coalmine';

/** Nothing that `ssh` could take for an option, or for a part of its own syntax. */
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$|^[0-9A-Fa-f:.]+$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/;

/**
 * Reads `ssh://user@vm:port/path`. The path is that of a data directory, or of a socket when it ends in `.sock`.
 * Throws Failure `usage` for anything else.
 */
export function parseSshAddress(written: string): SshAddress {
  const url = urlOf(written);
  if (url.password !== '') {
    throw refusal(written, 'it holds a password', 'Use a key: ssh-add, or IdentityFile in ~/.ssh/config.');
  }
  if (url.search !== '' || url.hash !== '') throw refusal(written, 'it holds more than a path');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const user = decoded(url.username, written);
  if (!HOST.test(host)) throw refusal(written, `"${host}" is not the name of a host`);
  if (user !== '' && !USER.test(user)) throw refusal(written, `"${user}" is not the name of a user`);
  return {
    name: written,
    host,
    ...(user === '' ? {} : { user }),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    socketPath: socketPathOf(decoded(url.pathname, written), written),
  };
}

function urlOf(written: string): URL {
  try {
    const url = new URL(written);
    if (url.protocol === 'ssh:' && url.hostname !== '') return url;
  } catch {
    // Said below.
  }
  throw refusal(written, 'it is not of that form');
}

function socketPathOf(path: string, written: string): string {
  // `ssh -L` divides its argument at colons.
  if (/[:\u0000-\u001F]/.test(path)) throw refusal(written, 'its path holds a colon or a control character');
  const place = path === '' || path === '/' ? USUAL_DATA_DIR : path;
  return place.endsWith('.sock') ? place : posix.join(place, 'control.sock');
}

function decoded(text: string, written: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal(written, 'it holds a "%" that stands for nothing');
  }
}

function refusal(written: string, reason: string, hint?: string): Failure {
  // What is no address may be anything, a password included.
  const shown = written.replace(/:[^:@/]*@/, ':…@');
  return new Failure('usage', `"${shown}" cannot be reached: ${reason}`, {
    hint:
      hint ??
      'Write --host ssh://user@machine:22/path/to/data-directory; user, port and path may be left out.',
  });
}
